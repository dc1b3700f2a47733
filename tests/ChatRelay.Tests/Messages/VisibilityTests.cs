using System.Text.Json;
using ChatRelay.Protocol;
using ChatRelay.Rooms;
using ChatRelay.TestKit;
using ChatRelay.Tests.Rooms;
using Microsoft.Extensions.DependencyInjection;

namespace ChatRelay.Tests.Messages;

/// <summary>
/// Seeded rooms with hidden history, expiry, bans, removals, returns, deletes and edits: what search, threads, pins and mentions show each user is exactly what a model
/// of the rules says, never a message more.
/// </summary>
public sealed class VisibilityTests(RoomFixture shared) : IClassFixture<RoomFixture>
{
    private const int Seeds = 10, Steps = 40;
    private static readonly string[] Users = ["ann", "bob", "eve"];

    [Fact]
    public async Task Search_threads_pins_and_mentions_show_exactly_what_the_viewer_may_see()
    {
        for (var seed = 1; seed <= Seeds; seed++)
        {
            var host = await shared.Rooms.ForAnotherTenantAsync();
            try
            {
                await new World(host, seed).RunAsync();
            }
            catch (Exception e)
            {
                throw new InvalidOperationException($"seed {seed}: {e.Message}", e);
            }
        }
    }

    private sealed class Message(string id, long seq, string text)
    {
        public string Id => id;
        public long Seq => seq;
        public string Text { get; set; } = text;
        public Message? To { get; init; }
        public bool Expires { get; init; }
        public IReadOnlyList<string> Mentions { get; init; } = [];
        public bool Gone { get; set; }
        public bool Pinned { get; set; }
    }

    private sealed class World(RoomHost host, int seed)
    {
        private readonly Random chance = new(seed);
        private readonly List<Message> messages = [];

        /// <summary>Since which number who is a member is one; null for who is out or banned.</summary>
        private readonly Dictionary<string, long?> places = [];
        private bool hides;
        private string room = "";
        private int said;

        public async Task RunAsync()
        {
            hides = chance.Next(4) != 0;
            room = await host.RoomAsync(new { history = hides ? "since_join" : "all" }, "ann");
            places["ann"] = 0;
            for (var step = 0; step < Steps; step++) await StepAsync();
            await SearchTests.IndexAsync(host);
            await CompareAsync();

            await host.Host.TimePasses(TimeSpan.FromSeconds(61));
            foreach (var message in messages.Where(m => m.Expires)) message.Gone = true;
            await CompareAsync(); // before anybody has swept
            await host.Host.Services.GetRequiredService<RoomUpkeep>().ExpireAsync(CancellationToken.None);
            await CompareAsync();
        }

        private async Task StepAsync()
        {
            var user = Users[chance.Next(Users.Length)];
            var some = messages.Count > 0 ? messages[chance.Next(messages.Count)] : null;
            switch (chance.Next(14))
            {
                case < 6:
                    await SayAsync(some is { Gone: false } && chance.Next(2) == 0 ? some : null);
                    break;
                case 6 when some is { Gone: false }:
                    some.Text = $"word {said++} edited";
                    Assert.Equal(200, (await host.Http.ChangeAsync($"{room}/messages/{some.Id}", new { body = new { text = some.Text } })).Status);
                    break;
                case 7 when some is { Gone: false }:
                    some.Gone = true;
                    Assert.Equal(204, (await host.Http.RemoveAsync($"{room}/messages/{some.Id}")).Status);
                    break;
                case 8 or 9 when some is { Gone: false }:
                    some.Pinned = true;
                    Assert.Equal(200, (await host.Http.AskAsync(HttpMethod.Put, $"{room}/pins/{some.Id}")).Status);
                    break;
                case 10:
                    await host.Http.AskAsync(HttpMethod.Put, $"{room}/members/{user}", new { banned_until = "2126-01-01T00:00:00Z" });
                    places[user] = null;
                    break;
                case 11:
                    await host.Http.RemoveAsync($"{room}/members/{user}");
                    places[user] = null;
                    break;
                case 12 or 13 when places.GetValueOrDefault(user) is null:
                    await host.Http.RemoveAsync($"{room}/members/{user}"); // and then anew, also after a ban
                    await host.Http.AskAsync(HttpMethod.Put, $"{room}/members/{user}", new { banned_until = (string?)null });
                    places[user] = await SinceAsync(user);
                    break;
            }
        }

        // From when on a place counts is the rooms' own affair, tested there.
        private async Task<long?> SinceAsync(string user) =>
            await host.Host.SqlAsync("select m.since from relay.room_members m where m.room_id = $1 and m.user_id = $2 and m.member and coalesce(m.banned_until <= relay.now(), true)", Guid, user) as long?;

        private Guid Guid => RelayId.TryParse<RoomId>(room.Split('/')[^1], out var id) ? id.Value : throw new InvalidOperationException(room);

        private async Task SayAsync(Message? to)
        {
            var (text, expires, mentions) = ($"word {said++}", chance.Next(4) == 0, Users.Where(_ => chance.Next(2) == 0).ToArray());
            var more = new Dictionary<string, object> { ["mentions"] = mentions };
            if (to is not null) more["reply_to"] = to.Id;
            if (expires) more["expires_in_s"] = 60;
            var sent = await host.SayAsync(host.Http, room, text, more);
            Assert.True(sent.Status == 201, sent.ToString());
            messages.Add(new(sent.Id, sent["seq"].GetInt64(), text) { To = to, Expires = expires, Mentions = mentions });
        }

        private async Task CompareAsync()
        {
            foreach (var user in Users)
            {
                using var http = await host.AsAsync(user);
                var place = places.GetValueOrDefault(user);
                var seen = place is not { } since ? [] : messages.Where(m => !m.Gone && (!hides || m.Seq > since)).ToList();

                Assert.Equal(place is null ? null : seen.OrderByDescending(m => m.Seq).Select(m => m.Id), await IdsAsync(http, $"{room}/messages/search?q=word&limit=100", e => e));
                Assert.Equal(place is null ? null : seen.Where(m => m.Pinned).Select(m => m.Id).Order(), (await IdsAsync(http, $"{room}/pins", e => e.GetProperty("message")))?.Order());
                Assert.Equal(seen.Where(m => m.Mentions.Contains(user)).OrderByDescending(m => m.Seq).Select(m => m.Id), await IdsAsync(http, $"/v1/users/{user}/mentions?limit=100", e => e.GetProperty("message")));
                foreach (var root in messages)
                {
                    var thread = await IdsAsync(http, $"{room}/messages/{root.Id}/thread?limit=200", e => e);
                    var deleted = root.Gone && !root.Expires && place is { } from && (!hides || root.Seq > from); // its replies are messages of their own
                    if (seen.Contains(root) || deleted) Assert.Equal(seen.Where(m => m.To == root).Select(m => m.Id), thread);
                    else if (!root.Gone || place is null) Assert.Null(thread);
                }
                await AssertTextsAsync(http, seen);
            }
        }

        /// <summary>No way shows a text that is not among those to be seen.</summary>
        private async Task AssertTextsAsync(HttpClient http, List<Message> seen)
        {
            foreach (var path in (string[])[$"{room}/messages/search?q=word&limit=100", $"{room}/pins", $"{room}/messages?after_seq=0&limit=200"])
            {
                var text = (await http.ReadAsync(path)).Text;
                foreach (var hidden in messages.Except(seen)) Assert.DoesNotContain($"\"{hidden.Text}\"", text, StringComparison.Ordinal);
            }
        }

        private static async Task<IReadOnlyList<string>?> IdsAsync(HttpClient http, string path, Func<JsonElement, JsonElement> of)
        {
            var said = await http.ReadAsync(path);
            if (said.Status == 404) return null;
            Assert.Equal(200, said.Status);
            return [.. said["data"].EnumerateArray().Select(e => of(e).GetProperty("id").GetString()!)];
        }
    }
}
