using System.Text.Json;
using ChatRelay.Deliveries;
using ChatRelay.Http;
using ChatRelay.Protocol;
using ChatRelay.Storage;
using ChatRelay.Tenants;

namespace ChatRelay.Console;

/// <summary>A room as the console shows it: who is in it and how much was said, never what.</summary>
internal sealed record RoomState(Tenant Tenant, Rooms.RoomView Room, long Members, long Messages, DateTimeOffset? ActiveAt, IReadOnlyList<JsonElement> Listed, string? More);

/// <summary>GET /ops/rooms and one of them.</summary>
internal static class RoomRoutes
{
    public const string Path = $"{ConsoleDoor.Path}/rooms";

    public static void Map(IEndpointRouteBuilder app)
    {
        app.MapGet(Path, () => ConsoleAnswer.Page<RoomsPage>()).InConsole(OperatorRole.Viewer);
        app.MapGet($"{Path}/{{wall}}/{{room}}", ShowAsync).InConsole(OperatorRole.Viewer);
    }

    private static async Task<IResult> ShowAsync(PathId<TenantId> wall, string room, string? after, HttpContext http, ConsoleApi api, DeliveryPages pages, Databases databases, CancellationToken ct)
    {
        if ((await pages.TenantsAsync([wall.Id.Value], ct)).GetValueOrDefault(wall.Id.Value) is not { } tenant) return ConsoleAnswer.Missing;
        var path = new Dictionary<string, string> { ["room"] = room };
        if (await api.AskAsync(http, new("rooms.get", wall.Id.Value) { Path = path }) is not { Good: true } said) return ConsoleAnswer.Missing;
        var view = said.Read<Rooms.RoomView>();
        var members = await api.AskAsync(http, new("rooms.members.list", wall.Id.Value) { Path = path, Query = after is null ? "?limit=100" : $"?limit=100&after={Uri.EscapeDataString(after)}" });

        await using var head = databases.Engine.CreateCommand("select members, messages, active_at from room_heads where tenant_id = $1 and room_id = $2");
        head.Parameters.AddWithValue(wall.Id.Value);
        head.Parameters.AddWithValue(view.Id.Value);
        await using var reader = await head.ExecuteReaderAsync(ct);
        var known = await reader.ReadAsync(ct);
        http.Features.Set(new RoomState(tenant, view, known ? reader.GetInt32(0) : 0, known ? reader.GetInt64(1) : 0, known ? reader.GetFieldValue<DateTimeOffset>(2) : null,
            members.Good ? [.. members.Json.GetProperty("data").EnumerateArray()] : [], members.Text("next_cursor")));
        return ConsoleAnswer.Page<RoomPage>();
    }
}
