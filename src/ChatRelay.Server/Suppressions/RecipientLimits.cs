using ChatRelay.Settings;
using ChatRelay.Tenants;

namespace ChatRelay.Suppressions;

/// <summary>How much mail of one tenant one address gets at most.</summary>
internal sealed record RecipientOptions
{
    [Setting("CHATRELAY_RECIPIENT_PER_HOUR", "How many mails of one environment an address gets at most in an hour, unless the tenant has a limit of its own; more are suppressed as recipient_cap. 0 is no limit. The sandbox counts none.", Min = 0, Max = 1_000_000)]
    public int PerHour { get; init; } = 100;

    [Setting("CHATRELAY_RECIPIENT_PER_DAY", "The same for a day (UTC).", Min = 0, Max = 1_000_000)]
    public int PerDay { get; init; } = 500;
}

/// <summary>What an address may still get: nobody can have a tenant's forms flood it.</summary>
internal readonly record struct RecipientCaps(int PerHour, int PerDay)
{
    /// <summary>0 is no limit.</summary>
    public static int Of(int limit) => limit == 0 ? int.MaxValue : limit;

    public bool Limit => PerHour != int.MaxValue || PerDay != int.MaxValue;
}

/// <summary>A tenant's own limits, or the installation's.</summary>
internal sealed class RecipientLimits(TenantCache tenants, RecipientOptions options)
{
    /// <summary>Null: there is none.</summary>
    public async ValueTask<RecipientCaps?> OfAsync(Guid tenant)
    {
        var row = (await tenants.FindAsync(tenant, CancellationToken.None))?.Row;
        var caps = new RecipientCaps(RecipientCaps.Of(row?.RecipientPerHour ?? options.PerHour), RecipientCaps.Of(row?.RecipientPerDay ?? options.PerDay));
        return caps.Limit ? caps : null;
    }
}
