using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using ChatRelay.TestKit;

namespace ChatRelay.EndToEnd.Stories;

/// <summary>Chatty: two people whose messages the server only sees as bytes, and who see each other come and go.</summary>
[Collection(nameof(Stories))]
public sealed class EncryptedChatStory(StoryRelay relay)
{
    private readonly byte[] key = RandomNumberGenerator.GetBytes(32); // theirs, agreed on elsewhere

    [Fact]
    public async Task Two_people_talk_in_ciphertext_and_see_each_other_come_and_go()
    {
        var app = await relay.AppAsync("Chatty");
        var room = await app.RoomAsync(new { type = "direct", encrypted = true }, "ann", "bob");
        await using var ann = await app.DeviceAsync("ann");
        await ann.DoAsync("join", new { r = room, presence = "list" });
        var bob = await app.DeviceAsync("bob");
        while (!(await ann.NextAsync("presence")).GetRawText().Contains("bob", StringComparison.Ordinal)) { }

        // What one seals, the other opens: first, a reply with its key version, and an edit.
        var first = await ann.DoAsync("send", new { r = room, cid = "nonce-1", encrypted = Seal("Hello, Bob") });
        var heard = await MessageAsync(bob);
        Assert.Equal("Hello, Bob", Open(heard.GetProperty("encrypted")));
        await bob.DoAsync("send", new { r = room, cid = "nonce-2", reply_to = first.GetProperty("id").GetString(), encrypted = Seal("Hello, Ann") });
        JsonElement answer;
        do answer = await MessageAsync(ann); while (answer.GetProperty("from").GetProperty("user").GetString() != "bob");
        Assert.Equal("Hello, Ann", Open(answer.GetProperty("encrypted")));
        Assert.Equal("7", answer.GetProperty("encrypted").GetProperty("key_version").GetString());

        // Nothing readable has a place here, not even by mistake of a client.
        Assert.Equal("conflict", await bob.FailAsync("send", new { r = room, cid = "nonce-3", body = new { text = "Hello, in plain" } }));
        var search = await app.Backend.ReadAsync($"/v1/rooms/{room}/messages/search?q=hello");
        Assert.Equal(409, search.Status);

        // A call is set up over signals, which the relay passes on and forgets.
        await ann.DoAsync("signal", new { to = new { user = "bob" }, kind = "call.offer", encrypted = Seal("sdp") });
        var offer = await bob.NextAsync("signal");
        Assert.Equal(("call.offer", "sdp"), (offer.GetProperty("kind").GetString(), Open(offer.GetProperty("encrypted"))));

        await bob.DisposeAsync();
        await app.Relay.TimePasses(TimeSpan.FromSeconds(13));
        while (!(await ann.NextAsync("presence")).TryGetProperty("leave", out _)) { }

        // The phone that was off has everything, and the key to it.
        await using var again = await app.DeviceAsync("bob", new { resume = new { rooms = new Dictionary<string, object> { [room] = new { e = heard.GetProperty("e").GetString(), s = 0 } } } });
        Assert.Equal("Hello, Bob", Open((await MessageAsync(again)).GetProperty("encrypted")));
        Assert.Equal("Hello, Ann", Open((await MessageAsync(again)).GetProperty("encrypted")));
    }

    private static async Task<JsonElement> MessageAsync(SocketClient device)
    {
        while (true)
            if (await device.NextAsync("msg") is var frame && frame.GetProperty("kind").GetString() == "message") return frame;
    }

    private object Seal(string text)
    {
        var (nonce, plain) = (RandomNumberGenerator.GetBytes(12), Encoding.UTF8.GetBytes(text));
        var sealedBytes = new byte[plain.Length + 16];
        using var aes = new AesGcm(key, 16);
        aes.Encrypt(nonce, plain, sealedBytes.AsSpan(0, plain.Length), sealedBytes.AsSpan(plain.Length));
        return new { alg = "A256GCM", key_version = "7", nonce = Convert.ToBase64String(nonce), ciphertext = Convert.ToBase64String(sealedBytes) };
    }

    private string Open(JsonElement encrypted)
    {
        var (nonce, sealedBytes) = (encrypted.GetProperty("nonce").GetBytesFromBase64(), encrypted.GetProperty("ciphertext").GetBytesFromBase64());
        var plain = new byte[sealedBytes.Length - 16];
        using var aes = new AesGcm(key, 16);
        aes.Decrypt(nonce, sealedBytes.AsSpan(0, plain.Length), sealedBytes.AsSpan(plain.Length), plain);
        return Encoding.UTF8.GetString(plain);
    }
}
