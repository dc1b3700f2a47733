namespace ChatRelay.Http.Json;

/// <summary>One thing wrong in a body: where (RFC 6901), which kind, and what would be right. Never the value that was given.</summary>
internal readonly record struct Fault(string Pointer, string Code, string Detail);

/// <summary>The closed list of fault codes.</summary>
internal static class FaultCodes
{
    public const string UnknownField = "unknown_field";
    public const string WrongType = "wrong_type";
    public const string Missing = "missing";
    public const string Null = "null";
    public const string UnknownValue = "unknown_value";
    public const string InvalidFormat = "invalid_format";
    public const string ForbiddenCharacter = "forbidden_character";
    public const string TooShort = "too_short";
    public const string TooLong = "too_long";
    public const string OutOfRange = "out_of_range";
    public const string TooFewItems = "too_few_items";
    public const string TooManyItems = "too_many_items";
    public const string NotUnique = "not_unique";
    public const string TooLarge = "too_large";

    /// <summary>Not wrong by itself, but not together with another member, or not in this state.</summary>
    public const string NotAllowed = "not_allowed";

    /// <summary>An id that names nothing of this caller's.</summary>
    public const string NotFound = "not_found";

    public static readonly IReadOnlyList<string> All =
    [
        UnknownField, WrongType, Missing, Null, UnknownValue, InvalidFormat, ForbiddenCharacter, TooShort, TooLong,
        OutOfRange, TooFewItems, TooManyItems, NotUnique, TooLarge, NotAllowed, NotFound,
    ];
}
