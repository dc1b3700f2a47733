using System.Net.Sockets;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Routing.Matching;
using Npgsql;

namespace ChatRelay.EndToEnd.TenantMatrix;

/// <summary>Fails a request that asks for it, inside the server and before any handler: by a fault of ours, or as if the database had gone.</summary>
internal sealed class FaultOnDemand : MatcherPolicy, IEndpointSelectorPolicy
{
    public const string Header = "X-Fault";

    public override int Order => int.MaxValue;

    public bool AppliesToEndpoints(IReadOnlyList<Endpoint> endpoints) => true;

    public Task ApplyAsync(HttpContext http, CandidateSet candidates) => http.Request.Headers[Header].ToString() switch
    {
        "500" => throw new InvalidOperationException("as it was asked for"),
        "503" => throw new NpgsqlException("as it was asked for", new SocketException()),
        _ => Task.CompletedTask,
    };
}
