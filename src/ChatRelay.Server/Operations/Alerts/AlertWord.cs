using System.Text.Json;
using ChatRelay.Http.Json;
using ChatRelay.Protocol;

namespace ChatRelay.Operations.Alerts;

/// <summary>What is told of an alert: the same to every sink. It names no tenant and nothing of one.</summary>
/// <param name="Id">the same for both turns of an alert: a receiver that hears twice can tell</param>
internal sealed record AlertWord(string Id, AlertRule Rule, AlertTurn Turn, double Value, double Threshold, DateTimeOffset FiredAt, DateTimeOffset? ResolvedAt, string Node)
{
    private AlertForm Form => AlertForm.Of(Rule);

    public string Subject => $"{(Turn is AlertTurn.Fired ? "Alert" : "Resolved")}: {Form.Name}";

    public string Text => Turn is AlertTurn.Fired
        ? $"{Subject}. {Form.Tell(Value, Threshold)} What to do: {Form.RunbookPath}"
        : $"{Subject}. It fired at {FiredAt:yyyy-MM-dd HH:mm:ss} UTC and is over. At worst: {Form.Write(Value)}.";

    public byte[] ToJson() => JsonSerializer.SerializeToUtf8Bytes(new
    {
        Source = "chatrelay",
        Id,
        Alert = Rule,
        State = Turn,
        Text,
        Value,
        Threshold,
        FiredAt,
        ResolvedAt,
        Node,
        Runbook = Form.RunbookPath,
    }, RelayJson.Options);
}
