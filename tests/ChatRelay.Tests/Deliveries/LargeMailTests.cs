using System.Text.Json;
using ChatRelay.Deliveries;
using ChatRelay.Protocol;
using ChatRelay.TestKit;
using ChatRelay.Tests.Providers;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace ChatRelay.Tests.Deliveries;

/// <summary>Mail with files on a node that has room for a few of them, through APIs on the wire that keep their answers to themselves.</summary>
public sealed class LargeMailTests(LargeMailTests.SmallRoom node) : IClassFixture<LargeMailTests.SmallRoom>, IAsyncLifetime
{
    private const int Room = 16_000_000, Mails = 14, File = 300_000;

    // Half of the room is the tenant's. Stored, a file is a third larger; while it is sent it counts twice, and the next one seven times to begin.
    private const int AtOnce = 7;

    private readonly FakeMailApi _slow = new(), _quick = new();
    private readonly TaskCompletionSource _answers = new();
    private EngineHost _engine = null!;

    public sealed class SmallRoom : IAsyncLifetime
    {
        internal EngineHost Engine { get; private set; } = null!;

        public async ValueTask InitializeAsync() => Engine = await EngineHost.StartAsync(("CHATRELAY_DELIVERY_BYTES", $"{Room}"));
        public ValueTask DisposeAsync() => Engine.DisposeAsync();
    }

    public async ValueTask InitializeAsync()
    {
        _engine = await node.Engine.ForAnotherTenantAsync();
        _slow.Answers = _answers.Task;
        await _slow.AccountAsync(_engine.Http, 10);
    }

    public async ValueTask DisposeAsync()
    {
        _answers.TrySetResult();
        await _slow.DisposeAsync();
        await _quick.DisposeAsync();
    }

    [Fact]
    public async Task No_more_mail_with_files_is_in_memory_than_there_is_room_for_and_small_mail_passes()
    {
        var ids = await SendAsync();
        await Eventually.Async(() => Task.FromResult(_slow.Asked == AtOnce));
        await SmallMailPassesAsync();
        Assert.Equal(AtOnce, _slow.Asked);

        var neighbour = await node.Engine.ForAnotherTenantAsync(); // has its own half
        await _quick.AccountAsync(neighbour.Http, 10);
        await neighbour.ReachesAsync((await neighbour.SendMailAsync("bob@example.com", Large("neighbour"))).Id, "sent");
        await neighbour.ReachesAsync((await neighbour.SendMailAsync("bob@example.com")).Id, "sent");
        Assert.Equal(AtOnce, _slow.Asked);

        _answers.SetResult();
        foreach (var id in ids) await _engine.ReachesAsync(id, "sent");
        Assert.Equal(Enumerable.Range(0, Mails).Select(i => $"No. {i}").Order(), _slow.Subjects.Order());
        Assert.All(_slow.Taken, mail => Assert.Equal(File, mail.GetProperty("attachments")[0].GetProperty("content").GetBytesFromBase64().Length));
    }

    [Fact]
    public async Task What_waits_for_room_does_not_begin_when_the_node_stops_and_goes_back_to_the_queue()
    {
        var ids = await SendAsync();
        await Eventually.Async(() => Task.FromResult(_slow.Asked == AtOnce));
        var board = _engine.Host.Services.GetRequiredService<WorkBoard>();
        board.Closed = true;
        _answers.SetResult();
        try
        {
            await Eventually.Async(async () => (long)(await _engine.Host.SqlAsync("select count(*) from relay.queue where claimed_by is null and not begun and tenant_id = $1", Wall))! == Mails - AtOnce);
            Assert.Equal(AtOnce, _slow.Asked);
        }
        finally
        {
            board.Closed = false;
        }
        foreach (var id in ids) await _engine.ReachesAsync(id, "sent");
        Assert.Equal(Mails, _slow.Asked);
    }

    [Fact]
    public async Task What_fails_or_is_cancelled_gives_its_room_back()
    {
        var ids = await SendAsync();
        await Eventually.Async(() => Task.FromResult(_slow.Asked == AtOnce));
        var begun = _slow.Requests.Select(r => JsonDocument.Parse(r.Body).RootElement.GetProperty("subject").GetString()).ToHashSet();
        var waiting = Enumerable.Range(0, Mails).Where(i => !begun.Contains($"No. {i}")).Select(i => ids[i]).ToList();
        foreach (var id in waiting.Skip(1)) Assert.Equal("canceled", (await _engine.Http.SendAsync($"/v1/notifications/{id}/cancel", new { }))["status"].GetString());
        _slow.Status = 400; // for good: those that have room end
        _answers.SetResult();
        foreach (var id in ids) await EngineHost.UntilAsync(() => _engine.Http.ReadAsync($"/v1/notifications/{id}"), said => said["status"].GetString() is "failed" or "canceled");
        Assert.Equal(AtOnce + 1, _slow.Asked);

        var answers = new TaskCompletionSource();
        (_slow.Status, _slow.Answers) = (202, answers.Task);
        var again = await SendAsync();
        await Eventually.Async(() => Task.FromResult(_slow.Asked == AtOnce + 1 + AtOnce)); // all of it is there again
        answers.SetResult();
        foreach (var id in again) await _engine.ReachesAsync(id, "sent");
    }

    [Fact]
    public async Task A_mail_that_is_larger_than_the_whole_room_goes_alone_and_whole()
    {
        var (huge, next) = (await _engine.SendMailAsync("ann@example.com", Large("huge", Room / 7 * 2)), await _engine.SendMailAsync("ann@example.com", Large("next")));
        _answers.SetResult();
        await _engine.ReachesAsync(huge.Id, "sent");
        await _engine.ReachesAsync(next.Id, "sent");
        Assert.Equal([File, Room / 7 * 2], _slow.Taken.Select(mail => mail.GetProperty("attachments")[0].GetProperty("content").GetBytesFromBase64().Length).Order());
    }

    [Fact]
    public async Task Large_content_that_is_erased_while_it_waits_is_not_sent()
    {
        var ids = await SendAsync();
        await Eventually.Async(() => Task.FromResult(_slow.Asked == AtOnce));
        await _engine.Host.SqlAsync("update relay.contents set body = '' where tenant_id = $1", Wall); // as an erasure does
        _answers.SetResult();
        foreach (var id in ids) await EngineHost.UntilAsync(() => _engine.Http.ReadAsync($"/v1/notifications/{id}"), said => said["status"].GetString() is "sent" or "failed");
        Assert.Equal(AtOnce, _slow.Asked);
    }

    private Guid Wall => RelayId.TryParse<TenantId>(_engine.Tenant.Id, out var id) ? id.Value : throw new ArgumentException(_engine.Tenant.Id);

    private async Task<List<string>> SendAsync()
    {
        var ids = new List<string>();
        for (var i = 0; i < Mails; i++) ids.Add((await _engine.SendMailAsync("ann@example.com", Large($"No. {i}"))).Id);
        return ids;
    }

    private async Task SmallMailPassesAsync()
    {
        var quick = await _quick.AccountAsync(_engine.Http, 20);
        await _engine.ReachesAsync((await _engine.SendMailAsync("ann@example.com", new { route = new[] { new { channel = "email", providers = new[] { quick.Id } } } })).Id, "sent");
    }

    private static object Large(string subject, int file = File) => new
    {
        content = new { subject, text = "x", email = new { attachments = new[] { new { filename = "all.bin", content_type = "application/octet-stream", content = new byte[file] } } } },
    };
}
