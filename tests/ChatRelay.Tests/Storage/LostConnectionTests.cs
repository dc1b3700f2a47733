using ChatRelay.Storage;
using Npgsql;

namespace ChatRelay.Tests.Storage;

public sealed class LostConnectionTests
{
    // A full disk: "could not write init file", as a new session is told. Nodes ended, requests were answered 500 and sent mail was held.
    [Theory]
    [InlineData("FATAL", "XX000", true)]
    [InlineData("FATAL", "57P01", true)]
    [InlineData("PANIC", "53100", true)]
    [InlineData("FATAL", "28P01", false)]
    [InlineData("ERROR", "XX000", false)]
    [InlineData("ERROR", "23505", false)]
    public void What_ended_the_session_is_a_lost_connection_but_for_a_wrong_password(string severity, string state, bool lost) =>
        Assert.Equal(lost, LostConnection.Is(new PostgresException("said", severity, severity, state)));

    [Theory]
    [InlineData("53100", true)]
    [InlineData("53200", true)]
    [InlineData("58030", true)]
    [InlineData("40P01", true)]
    [InlineData("XX000", false)]
    [InlineData("22001", false)]
    public void No_room_and_errors_of_the_machine_pass(string state, bool passes) =>
        Assert.Equal(passes, LostConnection.IsPassing(new PostgresException("said", "ERROR", "ERROR", state)));
}
