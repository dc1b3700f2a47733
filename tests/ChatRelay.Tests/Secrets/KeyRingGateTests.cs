using ChatRelay.Secrets;
using ChatRelay.Storage;
using ChatRelay.TestKit;
using Npgsql;

namespace ChatRelay.Tests.Secrets;

public sealed class KeyRingGateTests : IAsyncLifetime
{
    private readonly string folder = Directory.CreateTempSubdirectory("ring").FullName;
    private RelayDatabase database = null!;
    private NpgsqlDataSource owner = null!;

    private KeyRingPlace Place => new(folder, environment: null);

    public async ValueTask InitializeAsync()
    {
        database = await RelayDatabase.CreateEmptyAsync();
        owner = NpgsqlDataSource.Create(database.ConnectionString);
    }

    public async ValueTask DisposeAsync()
    {
        await owner.DisposeAsync();
        await database.DisposeAsync();
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task The_first_start_makes_the_ring_and_every_later_one_finds_it()
    {
        var made = Assert.IsType<RingFound.Here>(await PassAsync());
        var found = Assert.IsType<RingFound.Here>(await PassAsync());

        Assert.Equal(made.Ring.Fingerprint, found.Ring.Fingerprint);
    }

    [Fact]
    public async Task Nodes_that_start_at_once_on_one_folder_make_one_ring()
    {
        var found = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => PassAsync()));

        Assert.Single(found.Select(one => Assert.IsType<RingFound.Here>(one).Ring.Fingerprint).Distinct());
    }

    [Fact]
    public async Task Of_nodes_that_start_at_once_on_folders_of_their_own_one_makes_the_ring_and_the_rest_say_which_they_lack()
    {
        var found = await Task.WhenAll(Enumerable.Range(0, 8).Select(i =>
        {
            var own = Directory.CreateDirectory(Path.Combine(folder, $"{i}")).FullName;
            return PassAsync(new KeyRingPlace(own, environment: null));
        }));

        var ring = Assert.Single(found.OfType<RingFound.Here>()).Ring;
        Assert.All(found.OfType<RingFound.Refused>(), refused => Assert.Contains(ring.Fingerprint[..16], refused.Line, StringComparison.Ordinal));
        Assert.Single(Directory.GetFiles(folder, "keyring.json", SearchOption.AllDirectories));
    }

    [Fact]
    public async Task A_ring_whose_start_was_killed_before_the_database_named_it_is_taken_up()
    {
        var ring = KeyRing.Make(Chance.Seeded(1));
        Place.Write(ring);

        Assert.Equal(ring.Fingerprint, Assert.IsType<RingFound.Here>(await PassAsync()).Ring.Fingerprint);
    }

    [Fact]
    public async Task A_lost_ring_is_never_made_anew()
    {
        var made = Assert.IsType<RingFound.Here>(await PassAsync());
        File.Delete(Place.Name);

        Assert.Equal(
            new RingFound.Refused($"the database belongs to key ring {made.Ring.Fingerprint[..16]}, and {Place.Name} does not exist: bring that ring here"),
            await PassAsync());
        Assert.False(File.Exists(Place.Name));
    }

    [Fact]
    public async Task Another_ring_is_refused_by_name()
    {
        var made = Assert.IsType<RingFound.Here>(await PassAsync());
        var other = KeyRing.Make(Chance.Seeded(9));
        Place.Write(other);

        Assert.Equal(
            new RingFound.Refused($"the database belongs to key ring {made.Ring.Fingerprint[..16]}, and {Place.Name} holds {other.Fingerprint[..16]}"),
            await PassAsync());
    }

    [Fact]
    public async Task A_ring_with_the_right_root_and_a_wrong_key_is_refused()
    {
        var made = Assert.IsType<RingFound.Here>(await PassAsync());
        Place.Write(new KeyRing(made.Ring.Root, [new RingKey(1, SecretKey.Make(Chance.Seeded(9)))]));

        Assert.Contains("key 1 of key ring", Assert.IsType<RingFound.Refused>(await PassAsync()).Line, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_older_copy_of_the_ring_is_refused_by_the_number_that_it_lacks()
    {
        var made = Assert.IsType<RingFound.Here>(await PassAsync());
        await using (var rotated = owner.CreateCommand("update relay.key_ring set ring_key = 2")) await rotated.ExecuteNonQueryAsync();

        Assert.Equal(
            new RingFound.Refused($"the database uses key 2 of key ring {made.Ring.Fingerprint[..16]}, and {Place.Name} holds only 1: bring the newer ring here"),
            await PassAsync());
    }

    private async Task<RingFound> PassAsync(KeyRingPlace? place = null)
    {
        await using var connection = await owner.OpenConnectionAsync();
        return await KeyRingGate.PassAsync(connection, place ?? Place, Chance.Secure, CancellationToken.None);
    }
}
