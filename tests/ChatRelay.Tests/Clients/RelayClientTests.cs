using System.Text.Json;
using ChatRelay.Client;
using ChatRelay.TestKit;

namespace ChatRelay.Tests.Clients;

/// <summary>The rendered half against a running relay: every answer is checked against the document on its way.</summary>
public sealed class RelayClientTests(RelayClientTests.Host host) : IClassFixture<RelayClientTests.Host>
{
    public sealed class Host : IAsyncLifetime
    {
        internal RelayHost Node { get; private set; } = null!;
        internal TenantAccess Tenant { get; private set; } = null!;

        internal RelayClient Relay(string? key = null) => new(new() { Url = Node.Address, Key = key ?? Tenant.Key }, Node.Anonymous);

        public async ValueTask InitializeAsync()
        {
            Node = await RelayHost.StartAsync();
            Tenant = await Node.NewTenantAsync();
        }

        public ValueTask DisposeAsync() => Node.DisposeAsync();
    }

    [Fact]
    public async Task A_notification_is_sent_and_its_story_is_read()
    {
        var relay = host.Relay();
        var sent = (await relay.Notifications.SendAsync(new()
        {
            To = new() { User = "ann" },
            Route = [new() { Channel = ChannelName.Websocket, WithinS = 60 }],
            Content = new() { Subject = "Paid", Text = "Order 4711 is paid.", Data = JsonElement.Parse("""{"order": 4711}""") },
            Tags = ["orders"],
            Priority = Priority.High,
        })).Value;
        var read = (await relay.Notifications.GetAsync(sent.Id!)).Value;
        Assert.Equal((Priority.High, "orders", ChannelName.Websocket), (read.Priority, read.Tags.Single(), read.Deliveries.Single().Channel));
        Assert.NotEmpty((await relay.Notifications.TimelineAsync(sent.Id!)).Value.Data);
        Assert.Contains(sent.Id, await relay.Notifications.ListAllAsync(channel: ChannelName.Websocket).Select(n => n.Id).ToListAsync());
    }

    [Fact]
    public async Task Faults_come_back_with_their_pointers()
    {
        var refused = await host.Relay().Notifications.SendAsync(new() { To = new() { Email = "nobody" }, Route = [new() { Channel = new ChannelName("pigeon") }], Content = new() });
        Assert.Equal("validation_failed", Assert.IsType<RelayFailure.Refused>(refused.Failure).Code);
        Assert.Contains(((RelayFailure.Refused)refused.Failure).Problem.Errors, e => e.Pointer == "/route/0/channel");
    }

    [Fact]
    public async Task A_room_is_made_changed_and_written_into_once_for_each_key()
    {
        var relay = host.Relay();
        var room = (await relay.Rooms.CreateAsync(new() { Type = RoomType.Group, Name = "Orders", Members = [new() { User = "ann", Role = MemberRole.Admin }, new() { User = "bob" }] })).Value;
        Assert.Equal("Bills", (await relay.Rooms.UpdateAsync(room.Id, new() { Name = "Bills", RetentionDays = 30 })).Value.Name);
        Assert.Null((await relay.Rooms.UpdateAsync(room.Id, new() { RetentionDays = Change<int?>.To(null) })).Value.RetentionDays);
        var first = (await relay.Messages.SendAsync(room.Id, new() { From = "bob", Body = JsonElement.Parse("""{"text":"Hi"}""") }, idempotencyKey: "one")).Value;
        var again = (await relay.Messages.SendAsync(room.Id, new() { From = "bob", Body = JsonElement.Parse("""{"text":"Hi"}""") }, idempotencyKey: "one")).Value;
        Assert.Equal(first.Seq, again.Seq);
        Assert.True((await relay.Pins.PutAsync(room.Id, first.Id)).IsOk);
        Assert.Equal(["Hi"], (await relay.Messages.ListAsync(room.Id, afterSeq: 0)).Value.Data.Where(e => e.Kind == "message").Select(e => e.Body!.Value.GetProperty("text").GetString()));
        Assert.Equal(2, (await relay.Rooms.MembersListAllAsync(room.Id).ToListAsync()).Count);
    }

    [Fact]
    public async Task A_users_token_is_minted_and_acts_as_that_user()
    {
        var relay = host.Relay();
        var room = (await relay.Rooms.CreateAsync(new() { Type = RoomType.Group, Members = [new() { User = "cy" }] })).Value;
        var token = (await relay.Tokens.MintAsync(new() { User = "cy", TtlS = 60 })).Value;
        Assert.True(token.ExpiresAt > DateTimeOffset.UnixEpoch);
        var mine = (await host.Relay(token.Token).Messages.SendAsync(room.Id, new() { Body = JsonElement.Parse("\"Hello\"") })).Value;
        Assert.Equal("cy", (await relay.Messages.ListAsync(room.Id, afterSeq: mine.Seq - 1)).Value.Data.Single().From!.User);
        Assert.Equal("unauthorized", Assert.IsType<RelayFailure.Refused>((await host.Relay("cr_live_wrong").Rooms.GetAsync(room.Id)).Failure).Code);
        Assert.Equal("not_found", Assert.IsType<RelayFailure.Refused>((await relay.Rooms.GetAsync("ext:none")).Failure).Code);
    }

    [Fact]
    public async Task Providers_are_told_apart_by_their_kind()
    {
        var relay = host.Relay();
        var made = (await relay.Providers.CreateAsync(new SmtpProviderInput
        {
            Name = "mail",
            Channel = ChannelName.Email,
            From = new() { Email = "shop@example.com" },
            Config = new() { Host = "mail.example.com", Port = 587, Security = SmtpSecurity.Starttls },
            Credentials = new() { Username = "shop", Password = "secret" },
        })).Value;
        Assert.Equal(ProviderType.Smtp, made.Type);
        Assert.True((await relay.Providers.DeleteAsync(made.Id)).IsOk);
    }

    [Fact]
    public async Task What_is_no_json_comes_as_text() => Assert.Contains("chatrelay", (await host.Relay(host.Node.OperatorKey).Metrics.GetAsync()).Value, StringComparison.Ordinal);
}
