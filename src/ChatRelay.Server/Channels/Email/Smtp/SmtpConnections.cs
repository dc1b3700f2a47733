using System.Security.Cryptography;
using System.Text;
using ChatRelay.Outbound;
using ChatRelay.Protocol;
using ChatRelay.Providers;
using ChatRelay.Storage;

namespace ChatRelay.Channels.Email.Smtp;

/// <summary>Whose sessions may be shared: one account's, with the settings that they were opened with, vetted under the same allow-list.</summary>
internal readonly record struct SmtpAccountKey(TenantId Tenant, ProviderId Account, UInt128 Settings);

/// <summary>Open sessions between mails, the last used first. So many for each account and so many in all; who finds none free waits in line.</summary>
internal sealed class SmtpConnections : IDisposable
{
    private static readonly TimeSpan Sweeping = TimeSpan.FromSeconds(10);

    private readonly Lock _gate = new();
    private readonly Dictionary<SmtpAccountKey, SmtpShelf> _shelves = [];
    private readonly SmtpOptions _options;
    private readonly SemaphoreSlim _all;
    private readonly ITimer _sweeper;
    private readonly byte[] _salt = RandomNumberGenerator.GetBytes(32);
    private int _busy, _idle;
    private bool _closed;

    public SmtpConnections(SmtpOptions options, RelayClock clock)
    {
        (_options, _all) = (options, new(options.All));
        _sweeper = clock.CreateTimer(_ => Sweep(), null, Sweeping, Sweeping);
    }

    /// <summary>A digest with a salt of this process: passwords do not stay here.</summary>
    public SmtpAccountKey KeyOf(TenantId tenant, ProviderAccount.Smtp account, OutboundAllow allow)
    {
        string[] parts = [account.Host, $"{account.Port}", $"{account.Security}", $"{account.Auth}", account.Username ?? "", account.Password?.Reveal() ?? "", allow.Key];
        var digest = HMACSHA256.HashData(_salt, Encoding.UTF8.GetBytes(string.Concat(parts.Select(part => $"{part.Length}:{part}"))));
        return new(tenant, account.Id, BitConverter.ToUInt128(digest));
    }

    /// <summary>A place for one session, perhaps with one that is open. Null when none became free in time.</summary>
    public async ValueTask<SmtpPlace?> EnterAsync(SmtpAccountKey key, SmtpDeadline deadline)
    {
        deadline.Enter(SmtpPhase.Place);
        SmtpShelf shelf;
        lock (_gate)
        {
            if (!_shelves.TryGetValue(key, out shelf!)) _shelves[key] = shelf = new(key, _options.PerAccount);
            shelf.Users++;
        }
        var entered = false;
        try
        {
            await shelf.Places.WaitAsync(deadline.Token);
            entered = true;
            await _all.WaitAsync(deadline.Token);
            return new SmtpPlace(this, shelf, Take(shelf));
        }
        catch (OperationCanceledException)
        {
            if (entered) shelf.Places.Release();
            lock (_gate) ForgetWhileLocked(shelf);
            deadline.Passed(); // the caller's own cancellation passes on
            return null;
        }
    }

    private SmtpSession? Take(SmtpShelf shelf)
    {
        lock (_gate)
        {
            _busy++;
            while (shelf.Idle.Last is { } last)
            {
                shelf.Idle.RemoveLast();
                _idle--;
                if (last.Value.IsFresh && last.Value.IsQuiet) return last.Value;
                _ = last.Value.QuitAsync();
            }
            while (_busy + _idle > _options.All) CloseOldestWhileLocked();
            return null;
        }
    }

    internal void Leave(SmtpShelf shelf, SmtpSession? session)
    {
        lock (_gate)
        {
            _busy--;
            if (session is { IsUsable: true } && !_closed)
            {
                session.Rest();
                shelf.Idle.AddLast(session);
                _idle++;
            }
            else _ = session?.QuitAsync();
            ForgetWhileLocked(shelf);
        }
        _all.Release();
        shelf.Places.Release();
    }

    /// <summary>One user less, and a shelf that serves nobody goes.</summary>
    private void ForgetWhileLocked(SmtpShelf shelf)
    {
        shelf.Users--;
        TidyWhileLocked(shelf);
    }

    private void TidyWhileLocked(SmtpShelf shelf)
    {
        if (shelf is { Users: 0, Idle.Count: 0 }) _shelves.Remove(shelf.Key);
    }

    private void CloseOldestWhileLocked()
    {
        var shelf = _shelves.Values.Where(shelf => shelf.Idle.Count > 0).MinBy(shelf => shelf.Idle.First!.Value.RestedAt)!;
        CloseFirstWhileLocked(shelf);
    }

    private void CloseFirstWhileLocked(SmtpShelf shelf)
    {
        _ = shelf.Idle.First!.Value.QuitAsync();
        shelf.Idle.RemoveFirst();
        _idle--;
        TidyWhileLocked(shelf);
    }

    private void Sweep(bool all = false)
    {
        lock (_gate)
            foreach (var shelf in _shelves.Values.ToArray())
                while (shelf.Idle.First is { } first && (all || !first.Value.IsFresh)) CloseFirstWhileLocked(shelf);
    }

    /// <summary>How many are open, in use or not: for tests and metrics.</summary>
    public (int Busy, int Idle, int Accounts) Count
    {
        get { lock (_gate) return (_busy, _idle, _shelves.Count); }
    }

    public void Dispose()
    {
        lock (_gate) _closed = true;
        _sweeper.Dispose();
        Sweep(all: true);
    }
}

/// <summary>One account's idle sessions, the longest idle first, and its places.</summary>
internal sealed class SmtpShelf(SmtpAccountKey key, int places)
{
    public SmtpAccountKey Key => key;
    public SemaphoreSlim Places { get; } = new(places);
    public LinkedList<SmtpSession> Idle { get; } = [];

    /// <summary>Who waits here or holds a place.</summary>
    public int Users { get; set; }
}

/// <summary>The right to have one session. It goes back to the pool with the place, if it can carry another mail.</summary>
internal sealed class SmtpPlace(SmtpConnections connections, SmtpShelf shelf, SmtpSession? rested) : IDisposable
{
    /// <summary>At first one that was open already, or null.</summary>
    public SmtpSession? Session { get; private set; } = rested;

    public void Renew(SmtpSession opened)
    {
        Session?.Dispose();
        Session = opened;
    }

    public void Dispose() => connections.Leave(shelf, Session);
}
