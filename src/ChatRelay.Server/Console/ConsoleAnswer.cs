using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Http.HttpResults;

namespace ChatRelay.Console;

/// <summary>A page of the console as a result.</summary>
internal static class ConsoleAnswer
{
    public static IResult Missing => Refuse(404, "Nothing here", "There is no such thing, or it is not kept any more.");

    public static IResult Page<TPage>(int status = 200, object? parameters = null) where TPage : IComponent =>
        new RazorComponentResult<TPage>(parameters ?? new { }) { StatusCode = status };

    public static IResult Refuse(int status, string title, string detail) =>
        Page<RefusedPage>(status, new { Title = title, Detail = detail });
}
