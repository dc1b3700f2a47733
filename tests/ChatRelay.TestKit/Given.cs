using System.Text;
using ChatRelay.Storage.Commits;

namespace ChatRelay.TestKit;

/// <summary>A valid object by default; a test says only what differs.</summary>
internal static class Given
{
    public static KeptAnswer KeptAnswer(Guid? claim = null, string body = """{"ok":true}""", Guid tenant = default) =>
        new(Claim(claim, body, tenant), new StoredAnswer(201, null, Encoding.UTF8.GetBytes(body), Sealed: false));

    public static IdempotencyClaim Claim(Guid? claim = null, string body = "", Guid tenant = default) =>
        new(tenant, claim ?? Guid.NewGuid(), Encoding.UTF8.GetBytes(body));
}
