namespace ChatRelay.Deliveries;

/// <summary>
/// Rows that we have claimed and know nothing of: the answer to their claim or their birth was lost. Only what two looks find is one;
/// what one look finds may just be on its way.
/// </summary>
internal sealed class Orphans
{
    private Dictionary<Guid, long> _unknown = [];

    /// <param name="ours">everything that is claimed by this incarnation</param>
    /// <param name="has">whether this incarnation works on it</param>
    public List<ClaimedDelivery> Look(IEnumerable<ClaimedDelivery> ours, Func<Guid, bool> has)
    {
        var unknown = ours.Where(r => !has(r.Id)).ToList();
        var again = unknown.Where(r => _unknown.GetValueOrDefault(r.Id) == r.Claim).ToList();
        _unknown = unknown.ToDictionary(r => r.Id, r => r.Claim);
        return again;
    }
}
