using System.Diagnostics.CodeAnalysis;

namespace ChatRelay.Client;

/// <summary>What a call brought: a value, or why there is none.</summary>
public readonly struct RelayResult<T>
{
    private readonly T? value;

    public RelayResult(T value) => this.value = value;

    public RelayResult(RelayFailure failure) => Failure = failure;

    /// <summary>Null when it went well.</summary>
    public RelayFailure? Failure { get; }

    public bool IsOk => Failure is null;

    /// <summary>The value; where there is none, a <see cref="RelayException"/> that says why.</summary>
    public T Value => Failure is null ? value! : throw new RelayException(Failure);

    public bool TryGet([MaybeNullWhen(false)] out T got, [NotNullWhen(false)] out RelayFailure? failure)
    {
        (got, failure) = (value, Failure);
        return failure is null;
    }

    public override string ToString() => Failure?.ToString() ?? "ok";
}

/// <summary>The value of a call that answers nothing.</summary>
public readonly record struct Done;

/// <summary>Why a call brought no value: a closed list.</summary>
public abstract record RelayFailure
{
    private RelayFailure()
    {
    }

    /// <summary>The relay refused, and says why. `Code` is one of <see cref="Protocol.ProblemCode"/>, or one that is newer than this client. On a socket there is no status: 0.</summary>
    public sealed record Refused(int Status, Problem Problem, TimeSpan? RetryAfter) : RelayFailure
    {
        public string Code => Problem.Code;

        public override string ToString() =>
            string.Join("; ", [$"{Status} {Code}: {Problem.Detail} ({Problem.RequestId})", .. Problem.Errors.Select(e => $"{e.Pointer} {e.Code}")]);
    }

    /// <summary>Something that is not the relay answered, or an answer could not be read.</summary>
    public sealed record Unreadable(int Status, string Detail) : RelayFailure
    {
        public override string ToString() => $"{Status}: {Detail}";
    }

    /// <summary>As many messages wait to be acknowledged as may: nothing was sent.</summary>
    public sealed record OutboxFull(int Limit) : RelayFailure;

    /// <summary>The socket was closed for good before the relay acknowledged it.</summary>
    public sealed record Closed : RelayFailure;

    /// <summary>No answer came. Whether the relay did what was asked is not known: ask again under the same key.</summary>
    public sealed record NoAnswer(string Detail) : RelayFailure
    {
        public override string ToString() => Detail;
    }
}

/// <summary>A failure where only an exception has a place: in `Value`, and while a list is walked.</summary>
public sealed class RelayException(RelayFailure failure) : Exception(failure?.ToString())
{
    public RelayFailure Failure { get; } = failure!;
}
