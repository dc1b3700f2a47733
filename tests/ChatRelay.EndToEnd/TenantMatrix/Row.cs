using ChatRelay.TestKit;

namespace ChatRelay.EndToEnd.TenantMatrix;

/// <summary>What an operation is, and how the matrix calls it. An operation without a row fails the walk.</summary>
internal abstract record Row(string Operation)
{
    /// <summary>A path and a body with which the one whose it is succeeds.</summary>
    public async Task<(string Path, object? Body)> CallAsync(World world) => this switch
    {
        Public row => (row.Path, null),
        ByToken row => (row.Path, null),
        ByTokenInBody row => (row.Path, row.Nobody),
        Operators row => (await row.Path(world), row.Body),
        Own row => (row.Path, row.Body),
        List row => (row.Path, null),
        ById row => (row.Path(await row.Make(world.Owner)), row.Body),
        IdInBody row => (row.Path, row.Body(await row.Make(world.Owner))),
        _ => throw new InvalidOperationException($"a row of no kind: {this}"),
    };

    /// <summary>Anybody may: nothing of a tenant is in it.</summary>
    public sealed record Public(string Operation, string Path) : Row(Operation);

    /// <summary>Known by a token in its path: without it nobody is let in, with any key or none.</summary>
    public sealed record ByToken(string Operation, string Path, int Status, string Code) : Row(Operation);

    /// <summary>Known by a user's token in its body: a tenant's key, an operator's or none opens nothing.</summary>
    public sealed record ByTokenInBody(string Operation, string Path, object Nobody) : Row(Operation);

    /// <summary>For operators: `Path` makes what it needs.</summary>
    public sealed record Operators(string Operation, Func<World, Task<string>> Path, object? Body = null) : Row(Operation);

    /// <summary>About the caller itself, or making something new: no id of anybody's is in it.</summary>
    public sealed record Own(string Operation, string Path, object? Body = null) : Row(Operation);

    /// <summary>A list: `Make` puts an object of the owner's in it and says its id.</summary>
    public sealed record List(string Operation, string Path, Func<TenantAccess, Task<string>> Make) : Row(Operation);

    /// <summary>An object by its id in the path: `Make` makes one of the owner's; `Unknown` is an id of its kind that nobody has.</summary>
    public sealed record ById(string Operation, Func<string, string> Path, Func<TenantAccess, Task<string>> Make, string Unknown, object? Body = null) : Row(Operation);

    /// <summary>An object by its id in the body: a foreign one is the same 422 as an unknown one.</summary>
    public sealed record IdInBody(string Operation, string Path, Func<TenantAccess, Task<string>> Make, string Unknown, Func<string, object> Body) : Row(Operation);
}
