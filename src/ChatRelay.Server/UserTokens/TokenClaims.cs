using System.Text.Json;
using ChatRelay.Http;
using ChatRelay.Http.Json;
using ChatRelay.Protocol;

namespace ChatRelay.UserTokens;

/// <summary>A token's claims, strictly: each that we know is there in its type, or the token is none. Others are ignored.</summary>
internal static class TokenClaims
{
    private static readonly (string Name, RoomRights Right)[] Rights = [("read", RoomRights.Read), ("send", RoomRights.Send), ("signal", RoomRights.Signal)];

    public static UserToken? Read(JsonElement claims)
    {
        if (Text(claims, "aud") != UserToken.Audience || !RelayId.TryParse<TenantId>(Text(claims, "iss"), out var tenant)) return null;
        if (EnvironmentOf(Text(claims, "env")) is not { } environment || Text(claims, "jti") is not { Length: > 0 and <= 128 } id) return null;
        if (Time(claims, "iat") is not { } issued || Time(claims, "exp") is not { } expires || expires <= issued || expires - issued > UserToken.Longest) return null;
        if (!Optional(claims, "sub", out var user) || !Optional(claims, "dev", out var device) || !Grants(claims, out var rooms)) return null;
        if (user is null && rooms is null or { Count: 0 }) return null; // nobody, who may do nothing
        return new(tenant, environment, id, issued, expires) { User = user, Device = device, Rooms = rooms };
    }

    public static byte[] Write(UserToken token)
    {
        using var buffer = new MemoryStream(256);
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteString("iss", token.Tenant.ToString());
            json.WriteString("aud", UserToken.Audience);
            if (token.User is not null) json.WriteString("sub", token.User);
            json.WriteNumber("iat", token.IssuedAt.ToUnixTimeMilliseconds() / 1000m); // to the millisecond: one minted right after a revocation is new
            json.WriteNumber("exp", token.ExpiresAt.ToUnixTimeMilliseconds() / 1000m);
            json.WriteString("jti", token.Id);
            json.WriteString("env", token.Environment == TenantEnvironment.Live ? "live" : "test");
            if (token.Device is not null) json.WriteString("dev", token.Device);
            if (token.Rooms is not null) WriteGrants(json, token.Rooms);
            json.WriteEndObject();
        }
        return buffer.ToArray();
    }

    private static void WriteGrants(Utf8JsonWriter json, IReadOnlyList<RoomGrant> rooms)
    {
        json.WriteStartArray("rooms");
        foreach (var grant in rooms)
        {
            json.WriteStartObject();
            json.WriteString("room", grant.Room);
            json.WriteStartArray("can");
            foreach (var (name, right) in Rights)
                if (grant.Can.HasFlag(right)) json.WriteStringValue(name);
            json.WriteEndArray();
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }

    private static bool Grants(JsonElement claims, out IReadOnlyList<RoomGrant>? grants)
    {
        grants = null;
        if (!claims.TryGetProperty("rooms", out var rooms)) return true;
        if (rooms.ValueKind != JsonValueKind.Array || rooms.GetArrayLength() > RoomGrant.Most) return false;
        var read = new List<RoomGrant>(rooms.GetArrayLength());
        foreach (var room in rooms.EnumerateArray())
        {
            if (room.ValueKind != JsonValueKind.Object || Text(room, "room") is not { } name || RightsOf(room) is not { } can) return false;
            if (!RoomName.Allows(name) || read.Exists(grant => grant.Room == name)) return false;
            read.Add(new(name, can));
        }
        grants = read;
        return true;
    }

    private static RoomRights? RightsOf(JsonElement room)
    {
        if (!room.TryGetProperty("can", out var can) || can.ValueKind != JsonValueKind.Array) return null;
        var rights = RoomRights.None;
        foreach (var one in can.EnumerateArray())
        {
            var at = one.ValueKind == JsonValueKind.String ? Array.FindIndex(Rights, r => one.ValueEquals(r.Name)) : -1;
            if (at < 0 || rights.HasFlag(Rights[at].Right)) return null;
            rights |= Rights[at].Right;
        }
        return rights;
    }

    private static TenantEnvironment? EnvironmentOf(string? name) => name switch { "live" => TenantEnvironment.Live, "test" => TenantEnvironment.Test, _ => null };

    /// <summary>Absent, or one of the tenant's own ids.</summary>
    private static bool Optional(JsonElement claims, string name, out string? id)
    {
        id = null;
        if (!claims.TryGetProperty(name, out _)) return true;
        id = Text(claims, name);
        return id is not null && ExternalIdAttribute.Allows(id);
    }

    private static string? Text(JsonElement of, string name) =>
        of.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    /// <summary>RFC 7519's NumericDate: seconds, perhaps with a fraction.</summary>
    private static DateTimeOffset? Time(JsonElement claims, string name) =>
        claims.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number && value.TryGetDecimal(out var seconds) && seconds is > 0 and < 253_402_300_800
            ? DateTimeOffset.FromUnixTimeMilliseconds((long)(seconds * 1000)) : null;
}

/// <summary>How a room is named from outside.</summary>
internal static class RoomName
{
    public const string External = "ext:";

    public static bool Allows(string name) =>
        name.StartsWith(External, StringComparison.Ordinal) ? ExternalIdAttribute.Allows(name.AsSpan(External.Length)) : RelayId.TryParse<RoomId>(name, out _);
}
