using System.Collections.Concurrent;
using System.Text.Json;
using ChatRelay.TestKit;

namespace ChatRelay.Tests.Providers;

/// <summary>SendGrid's API on a socket, as far as sending goes: it takes mail, or answers with a status until it is told otherwise.</summary>
internal sealed class FakeMailApi : IAsyncDisposable
{
    private readonly FakeReceiver _receiver;
    private readonly ConcurrentQueue<JsonElement> _taken = new();
    private int _asked;

    public FakeMailApi() => _receiver = FakeReceiver.Start(async connection =>
    {
        while (await connection.ReadRequestAsync() is { } request)
        {
            Interlocked.Increment(ref _asked);
            await Answers;
            await connection.SendAsync(Answer(request));
        }
    });

    private string Answer(FakeRequest request)
    {
        if (Status is not 202) return FakeReceiver.Answer(Status, """{"errors":[{"message":"not now","field":null,"help":null}]}""", ["Content-Type: application/json", .. RetryAfter is { } wait ? [$"Retry-After: {wait}"] : Array.Empty<string>()]);
        _taken.Enqueue(JsonDocument.Parse(request.Body).RootElement);
        return FakeReceiver.Answer(202, "", $"X-Message-Id: {Guid.NewGuid():n}");
    }

    /// <summary>What it answers: 202 takes the mail.</summary>
    public int Status { get; set; } = 202;

    /// <summary>How many seconds it wants to be left alone, when it takes nothing.</summary>
    public int? RetryAfter { get; set; }

    /// <summary>Until then it has heard and says nothing.</summary>
    public Task Answers { get; set; } = Task.CompletedTask;

    public int Asked => Volatile.Read(ref _asked);
    public IReadOnlyList<string> Subjects => [.. _taken.Select(m => m.GetProperty("subject").GetString()!)];
    public IReadOnlyList<JsonElement> Taken => [.. _taken];
    public IReadOnlyCollection<FakeRequest> Requests => _receiver.Requests;
    public string BaseUrl => $"http://127.0.0.1:{_receiver.Port}";

    public async Task<Said> AccountAsync(HttpClient tenant, int priority = 100, string from = "news@example.com", object? more = null)
    {
        var account = GivenProvider.Of("sendgrid", new { base_url = BaseUrl }, more: more);
        (account["priority"], account["from"]!["email"]) = (priority, from);
        var made = await tenant.SendAsync("/v1/providers", account);
        Assert.True(made.Status == 201, made.ToString());
        return made;
    }

    public ValueTask DisposeAsync() => _receiver.DisposeAsync();
}
