using ChatRelay.Events;
using ChatRelay.Http;
using ChatRelay.Http.Idempotency;
using ChatRelay.Jobs;
using ChatRelay.Storage;
using Microsoft.AspNetCore.Http.Features;

namespace ChatRelay.Console;

/// <summary>POST /ops/do/{act}. For each call: (1) a line in the operators' audit log, (2) the call. Then back to the page, which tells what came of it.</summary>
internal static class PostAct
{
    private const int Most = 200;

    public static void Map(IEndpointRouteBuilder app)
    {
        foreach (var act in Acts.All)
            app.MapPost(act.Path, (HttpContext http, ConsoleApi api, OneTimeWord word, CalmWrites writes, RelayClock clock) => HandleAsync(act, http, api, word, writes, clock)).InConsole(act.Role);
    }

    private static async Task<IResult> HandleAsync(Act act, HttpContext http, ConsoleApi api, OneTimeWord word, CalmWrites writes, RelayClock clock)
    {
        var form = new ActForm(http.Request.Form);
        if (act.Calls(form)?.Take(Most).ToList() is not { } calls) return ConsoleAnswer.Refuse(400, "Not a form of this console", "Something is missing in it. Nothing was done.");
        var who = http.Features.GetRequiredFeature<SignedIn>().Operator;

        var (done, refused, back) = (0, new List<string>(), form.Back);
        foreach (var (call, at) in calls.Select((c, i) => (c, i)))
        {
            // 1. Before the act, in a commit of its own: nothing is done that nobody wrote down.
            var written = await writes.ForEngineAsync(Keyed.None, async db =>
            {
                await EventLog.AppendAsync(db, NewEvent.Audited(Job.Operators, $"console.{call.Operation}", who.Actor, Act.Kept(call.Path.Values.FirstOrDefault() ?? "-"), clock, act.Noted(call)), http.RequestAborted);
                return Answer.NoContent;
            }, http.RequestAborted);
            if (written is not Answer) return ConsoleAnswer.Refuse(503, "Not done", "The database did not take it. Try again.");

            // 2.
            var said = await api.AskAsync(http, call with { Once = form.Text(ActForm.OnceField) is { } once ? $"console.{once}.{at}" : null });
            if (said.Good && act.Reveals is { } secret) return ConsoleAnswer.Page<SecretPage>(200, new { Secret = said.Text(secret), Title = act.Done, form.Back });
            if (said.Good && act.Tells is { } tells)
            {
                var (good, text) = tells(said);
                word.Say(http, good, text);
                return TypedResults.Redirect(back);
            }
            if (said.Good) done++;
            else refused.Add(said.Why);
            if (said.Good && act.LeadsTo(call, said) is { } next) back = next;
        }
        word.Say(http, refused.Count == 0, Told(act, calls.Count, done, refused));
        return TypedResults.Redirect(back);
    }

    private static string Told(Act act, int asked, int done, List<string> refused) => (asked, refused.Count) switch
    {
        (0, _) => "Nothing was picked.",
        (1, 0) => act.Done,
        (1, _) => $"Not done. {refused[0]}",
        (_, 0) => $"{act.Done} ({done})",
        _ => $"{done} done, {refused.Count} not: {refused[0]}",
    };
}
