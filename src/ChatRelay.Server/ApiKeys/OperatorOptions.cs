using ChatRelay.Settings;

namespace ChatRelay.ApiKeys;

/// <summary>The operators' first key.</summary>
internal sealed record OperatorOptions
{
    [Setting("CHATRELAY_OPERATOR_KEY", "An admin operator's key. Without it one is made on first start and written to `operator.key` in the data folder.", Form = "a key that starts with cr_op_", Hidden = true)]
    public OperatorKeyText? OperatorKey { get; init; }
}

/// <summary>A whole operator's key as a setting; it prints as three stars.</summary>
internal sealed record OperatorKeyText(string Text) : IParsable<OperatorKeyText>
{
    public string Reveal() => Text;
    public override string ToString() => "***";

    public static OperatorKeyText Parse(string s, IFormatProvider? provider) =>
        TryParse(s, provider, out var key) ? key : throw new FormatException("not an operator's key");

    public static bool TryParse(string? s, IFormatProvider? provider, out OperatorKeyText result)
    {
        result = new(s ?? "");
        return ApiKeyText.TryParse(s, out var key) && key.Kind == ApiKeyKind.Operator;
    }
}
