using ChatRelay.Channels;
using ChatRelay.Deliveries;
using ChatRelay.Outbound;
using ChatRelay.Protocol;

namespace ChatRelay.Tests.Simulation;

/// <summary>An attempt on its way: it ends, or its node does.</summary>
internal sealed record Flight(Process Process, ClaimedDelivery Row, Delivery Delivery, TimeSpan BegunAt);

/// <summary>The receivers and mail accounts. What they took is the truth about what arrived.</summary>
internal sealed class FarSide(World world)
{
    private static readonly TimeSpan TimeOut = TimeSpan.FromSeconds(15);
    private readonly Dictionary<int, Ailment> _ailing = [];
    private readonly Dictionary<Guid, int> _taken = [];

    public int Taken(Delivery delivery) => _taken.GetValueOrDefault(delivery.Id);

    public void Fall(Happening.Trouble trouble)
    {
        _ailing[trouble.FarEnd] = trouble.Ailment;
        world.Time.In(trouble.For, () => _ailing.Remove(trouble.FarEnd));
    }

    public Task<SendOutcome> SendAsync(Flight flight)
    {
        var (answer, delivery, attempt) = (new TaskCompletionSource<SendOutcome>(), flight.Delivery, flight.Row.Attempt);
        world.Watch.Began(flight);
        if (delivery.Of.Letter.Poison)
        {
            world.Time.In(TimeSpan.FromMilliseconds(5), () => flight.Process.Post(() => flight.Process.Machine.Crash(TimeSpan.FromSeconds(2))));
            return answer.Task;
        }
        var roll = world.Dice.Of(Roll.Journey, delivery.Number, attempt);
        var journey = delivery.FarEnd.Usual * (0.5 + roll);
        world.Time.In(journey / 2, () =>
        {
            var (outcome, takes) = Say(delivery, journey / 2, roll);
            if (takes) Take(delivery);
            world.Time.In(outcome.After, () => flight.Process.Post(() =>
            {
                world.Watch.Ended(flight, outcome.Outcome);
                answer.SetResult(outcome.Outcome);
            }));
        });
        return answer.Task;
    }

    private ((SendOutcome Outcome, TimeSpan After) Said, bool Takes) Say(Delivery delivery, TimeSpan back, double roll) =>
        !_ailing.TryGetValue(delivery.FarEnd.Number, out var ailment) ? ((new SendOutcome.Accepted(), back), true) : ailment switch
        {
            Ailment.SaysItFailed => ((new SendOutcome.TryLater(Outcome.HttpError) { Reply = new OutboundReply { Status = 500 } }, back), false),
            Ailment.AsksForTime => ((new SendOutcome.TryLater(Outcome.RateLimited, TimeSpan.FromSeconds(20 * roll)) { Reply = new OutboundReply { Status = 429 } }, back), false),
            Ailment.Resets => ((new SendOutcome.TryLater(Outcome.ConnectionError), TimeSpan.FromMilliseconds(1)), false),
            Ailment.Hangs => ((new SendOutcome.TryLater(Outcome.Timeout) { MaybeSent = true }, TimeOut), false),
            Ailment.AnswersLate => ((new SendOutcome.TryLater(Outcome.Timeout) { MaybeSent = true }, TimeOut), true),
            Ailment.LosesAnswers => ((new SendOutcome.TryLater(Outcome.ConnectionError) { MaybeSent = true }, back), true),
            _ => ((new SendOutcome.Refused(Outcome.InvalidRecipient), back), false),
        };

    private void Take(Delivery delivery)
    {
        _taken[delivery.Id] = Taken(delivery) + 1;
        world.Watch.Taken(delivery, Taken(delivery));
    }
}
