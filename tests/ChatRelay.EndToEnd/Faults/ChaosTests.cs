using System.Text.Json;
using ChatRelay.Chaos.Load;
using ChatRelay.Chaos.Scenarios;
using ChatRelay.Chaos.Verdict;
using Xunit;

namespace ChatRelay.EndToEnd.Faults;

/// <summary>What was answered 202 arrives, whatever dies in between; and the comparison that says so finds what is not so.</summary>
public sealed class ChaosTests(ChaosRun chaos) : IClassFixture<ChaosRun>
{
    private List<Ack> Acks => [.. Journal.Read(chaos.Run.File("acks.log")).Select(Ack.Read)];
    private List<Arrival> Arrivals => [.. Journal.Read(chaos.Run.File("arrivals.log")).Select(Arrival.Read)];

    [Fact]
    public void Nothing_is_lost_and_nothing_comes_under_another_id_whatever_dies()
    {
        Assert.True(chaos.Report.Holds, chaos.Report.Markdown());
        Assert.True(FaultsReport.Compare(chaos.Run).Holds);
        Assert.True(Acks.Count > 500, $"{Acks.Count} acknowledgements");
        Assert.Equal(12, Journal.Read(chaos.Run.File("faults.log")).Count());
    }

    [Fact]
    public void An_arrival_that_the_recorder_forgets_is_found()
    {
        var forgotten = Acks[Acks.Count / 2].Item;
        var compared = FaultsReport.Compare(chaos.Run, arrivals: Arrivals.Where(a => a.Item != forgotten));
        Assert.Equal([forgotten], compared.Lost);
        Assert.False(compared.Holds);
    }

    [Fact]
    public void An_acknowledgement_that_a_client_invents_is_found()
    {
        var invented = new Ack(7_777_777_700, "ntf_invented", null, DateTimeOffset.UtcNow, Unheard: 0, Replayed: false);
        var compared = FaultsReport.Compare(chaos.Run, [.. Acks, invented]);
        Assert.Equal([invented.Item], compared.Lost);
        Assert.Equal([invented.Item], compared.NotSent);
        Assert.Equal([invented.Item], compared.KeyBroken);
    }

    [Fact]
    public void A_repeat_without_a_fault_or_without_an_attempt_of_its_own_is_found()
    {
        var calms = Journal.Read(chaos.Run.File("calms.log")).Select(line => JsonSerializer.Deserialize<Calm>(line)).ToList();
        var arrivals = Arrivals;
        var calmly = Acks.First(ack => arrivals.FindAll(a => a.Item == ack.Item) is [{ } once] && calms.Any(calm => calm.Holds(ack.At) && calm.Holds(once.At))).Item;
        var compared = FaultsReport.Compare(chaos.Run, arrivals: [.. arrivals, arrivals.First(a => a.Item == calmly)]);
        Assert.Equal([calmly], compared.RepeatedInCalm);
        Assert.Equal([calmly], compared.Unnumbered);
        Assert.False(compared.Holds);
    }

    [Fact]
    public void An_arrival_under_another_id_and_a_key_with_two_answers_are_found()
    {
        var (arrivals, acks) = (Arrivals, Acks);
        arrivals[3] = arrivals[3] with { Delivery = "dlv_other" };
        Assert.Equal([arrivals[3].Item], FaultsReport.Compare(chaos.Run, arrivals: arrivals).OtherId);
        Assert.Equal([acks[5].Item], FaultsReport.Compare(chaos.Run, [.. acks, acks[5] with { Notification = "ntf_second" }]).KeyBroken);
    }

    [Fact]
    public void What_arrived_and_was_never_acknowledged_is_found()
    {
        var unheard = Acks[0].Item;
        Assert.Equal([unheard], FaultsReport.Compare(chaos.Run, Acks.Where(ack => ack.Item != unheard)).Unacknowledged);
    }
}
