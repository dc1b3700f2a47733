using ChatRelay.Settings;
using ChatRelay.Storage;

namespace ChatRelay.Tests.Settings;

public sealed class SettingsReaderTests
{
    private static SettingsReading Read(params (string Name, string Text)[] environment) =>
        SettingsReader.Read(AllOptions.Catalog, SettingsSource.From(environment.ToDictionary(pair => pair.Name, pair => pair.Text)));

    [Fact]
    public void Nothing_set_gives_the_defaults()
    {
        var settings = Read().Settings!;
        Assert.Equal(new ServerOptions().Port, settings.Of<ServerOptions>().Port);
        Assert.Null(settings.Of<DatabaseOptions>().Owner);
    }

    [Fact]
    public void A_variable_fills_its_property()
    {
        var server = Read(("CHATRELAY_PORT", "9000"), ("CHATRELAY_ROLES", "api, upkeep"), ("CHATRELAY_BIND", "::")).Settings!.Of<ServerOptions>();
        Assert.Equal(9000, server.Port);
        Assert.Equal([Role.Api, Role.Upkeep], server.Roles);
        Assert.Equal("::", server.Bind.ToString());
    }

    [Theory]
    [InlineData("80800"), InlineData("0"), InlineData("-1"), InlineData("eighty"), InlineData("1e3"), InlineData("0x50")]
    public void A_port_out_of_range_is_one_line_that_names_it(string port) =>
        Assert.Equal([$"CHATRELAY_PORT={port}: a whole number from 1 to 65535 is expected."], Read(("CHATRELAY_PORT", port)).Faults);

    [Fact]
    public void Every_fault_is_reported_at_once()
    {
        var faults = Read(("CHATRELAY_PORT", "x"), ("CHATRELAY_ROLES", "api,cook"), ("CHATRELAY_BIND", "localhost")).Faults;
        Assert.Collection(faults,
            fault => Assert.Equal("CHATRELAY_BIND=localhost: an IP address is expected.", fault),
            fault => Assert.StartsWith("CHATRELAY_PORT=x: ", fault),
            fault => Assert.Equal("CHATRELAY_ROLES=api,cook: a list, separated by commas, of api, deliver, realtime, upkeep; not empty is expected.", fault));
    }

    [Theory]
    [InlineData("CHATRELAY_PROT", "CHATRELAY_PORT"), InlineData("CHATRELAY_DATABSE", "CHATRELAY_DATABASE"), InlineData("CHATRELAY_ROLE", "CHATRELAY_ROLES")]
    public void An_unknown_name_is_a_fault_that_says_the_nearest(string mistyped, string meant) =>
        Assert.Equal([$"{mistyped} is not a setting: did you mean {meant}?"], Read((mistyped, "1")).Faults);

    [Fact]
    public void An_empty_variable_and_those_of_the_tests_are_left_alone() =>
        Assert.True(Read(("CHATRELAY_PORT", ""), ("CHATRELAY_TEST_DATABASE", "x"), ("PATH", "/bin")).Good);

    [Fact]
    public void A_fault_does_not_repeat_a_password()
    {
        var faults = Read(("CHATRELAY_DATABASE", "Host=db;Pasword=open-sesame;"), ("CHATRELAY_DATABASE_ENGINE", "mysql://u:open-sesame@h/d")).Faults;
        Assert.Equal(2, faults.Count);
        Assert.All(faults, fault => Assert.DoesNotContain("open-sesame", fault, StringComparison.Ordinal));
        Assert.All(faults, fault => Assert.DoesNotContain('\n', fault));
    }

    [Fact]
    public void The_file_has_the_same_names_and_the_environment_wins()
    {
        using var file = new JsonFile("""{ "CHATRELAY_PORT": 9001, /* why */ "CHATRELAY_ROLES": ["api", "deliver"], "CHATRELAY_DATA": "/tmp/a", }""");
        var server = Read(("CHATRELAY_CONFIG", file.Path), ("CHATRELAY_PORT", "9002")).Settings!.Of<ServerOptions>();
        Assert.Equal((9002, "/tmp/a"), (server.Port, server.Data));
        Assert.Equal([Role.Api, Role.Deliver], server.Roles);
    }

    [Theory]
    [InlineData("""{ "CHATRELAY_PORT": 0 }""", "CHATRELAY_PORT=0 (")]
    [InlineData("""{ "PORT": 1 }""", "PORT (")]
    [InlineData("""{ "CHATRELAY_PORT": {} }""", "CHATRELAY_PORT (")]
    [InlineData("""{ "CHATRELAY_CONFIG": "x" }""", "CHATRELAY_CONFIG (")]
    [InlineData("""{ "CHATRELAY_PORT": 1, "CHATRELAY_PORT": 2 }""", "")]
    [InlineData("""[]""", "")]
    [InlineData("{", "")]
    public void A_fault_in_the_file_names_the_file(string json, string start)
    {
        using var file = new JsonFile(json);
        var fault = Assert.Single(Read(("CHATRELAY_CONFIG", file.Path)).Faults);
        Assert.StartsWith(start, fault);
        Assert.Contains(file.Path, fault);
    }

    [Fact]
    public void A_named_file_that_is_not_there_is_a_fault() =>
        Assert.Equal(["CHATRELAY_CONFIG=/no/such.json: there is no such file."], Read(("CHATRELAY_CONFIG", "/no/such.json")).Faults);

    [Theory]
    [InlineData("postgres://u:p%40ss@db:5433/relay?sslmode=require", "u@db:5433/relay")]
    [InlineData("postgresql:///relay?host=/run/pg&user=me", "me@/run/pg:5432/relay")]
    [InlineData("Host=db;Username=u;Password=p;Database=relay", "u@db:5432/relay")]
    public void A_database_is_named_by_url_or_keywords_and_prints_without_its_password(string text, string printed) =>
        Assert.Equal(printed, Read(("CHATRELAY_DATABASE", text)).Settings!.Of<DatabaseOptions>().Owner!.ToString());

    [Fact]
    public void A_secret_prints_three_stars()
    {
        var secret = new Secret("open-sesame");
        Assert.Equal("*** ***", $"{secret} {new { secret }.secret}");
        Assert.Equal("open-sesame", secret.Reveal());
    }

    private sealed class JsonFile : IDisposable
    {
        public JsonFile(string json) => File.WriteAllText(Path, json);
        public string Path { get; } = System.IO.Path.GetTempFileName();
        public void Dispose() => File.Delete(Path);
    }
}
