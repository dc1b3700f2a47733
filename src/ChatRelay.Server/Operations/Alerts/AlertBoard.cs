using ChatRelay.Protocol;

namespace ChatRelay.Operations.Alerts;

/// <summary>An alert that has fired and has not resolved.</summary>
/// <param name="Id">null: this node found it out for itself, and it stands in no table</param>
internal sealed record OpenAlert(AlertId? Id, AlertRule Rule, DateTimeOffset FiredAt, double Value, double Threshold, DateTimeOffset? AcknowledgedAt, bool Silenced)
{
    private AlertForm Form => AlertForm.Of(Rule);

    public string Says => $"{Form.Says} {Form.Write(Threshold)} (now {Form.Write(Value)}).";
}

/// <summary>What this node last saw firing, so that every page of the console can show it and asks nothing for it.</summary>
internal sealed class AlertBoard
{
    private volatile IReadOnlyList<OpenAlert> _open = [];
    private volatile OpenAlert? _outage;

    public IReadOnlyList<OpenAlert> Open => _outage is { } outage ? [outage, .. _open] : _open;

    public void Show(IReadOnlyList<OpenAlert> open) => _open = open;

    public void ShowOutage(OpenAlert? outage) => _outage = outage;
}
