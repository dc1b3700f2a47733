using System.Text;
using Amazon.Runtime;
using Amazon.Runtime.Internal;
using Amazon.Runtime.Internal.Auth;
using ChatRelay.Channels.Email.Ses;

namespace ChatRelay.Tests.Channels.Email;

public sealed class SigV4Tests
{
    private static readonly DateTimeOffset Moment = new(2015, 8, 30, 12, 36, 0, TimeSpan.Zero);
    private static readonly SigningScope Suite = new("AKIDEXAMPLE", new("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"), "us-east-1", "service");
    private const string Token = "AQoDYXdzEPT//////////wEXAMPLEtc764bNrC9SAPBSM22wDOk4x4HIZ8j4FZTwdQWLWsKWHGBuFqwAeMicRXmxfpSPfIeoIYRqTflfKD8YUuwthAx7mSEI/qkPpKPi/kMcGdQrmGdeehM4IC1NtBmUpp2wUE8phUZampKsburEDy0KPkyQDYwT7WZ0wq5VSXDvp75YU9HFvlRd8Tx6q6fE8YQcHNVXAkiY9q6d+xo0rKwT38xVqr7ZD0u0iPPkUL64lIZbqBAz+scqKmlzm8FDrypNC9Yjc8fPOLn9FX9KSYvKTr4rvx3iSIlTJabIQwj2ICCR/oLxBA==";
    private const string Unreserved = "-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

    /// <summary>AWS's Signature Version 4 test suite (aws-sig-v4-test-suite; the names are its own), each request signed at 20150830T123600Z.</summary>
    public static TheoryData<string, string, string, string, string, string, string, string> Vectors => new()
    {
        // name, method, path, query as name=value lines, header lines beside host and date, body, signed headers, signature
        { "get-header-key-duplicate", "GET", "/", "", "My-Header1:value2\nMy-Header1:value2\nMy-Header1:value1", "", "host;my-header1;x-amz-date", "c9d5ea9f3f72853aea855b47ea873832890dbdd183b4468f858259531a5138ea" },
        { "get-header-value-multiline", "GET", "/", "", "My-Header1:value1,value2,value3", "", "host;my-header1;x-amz-date", "ba17b383a53190154eb5fa66a1b836cc297cc0a3d70a5d00705980573d8ff790" },
        { "get-header-value-order", "GET", "/", "", "My-Header1:value4\nMy-Header1:value1\nMy-Header1:value3\nMy-Header1:value2", "", "host;my-header1;x-amz-date", "08c7e5a9acfcfeb3ab6b2185e75ce8b1deb5e634ec47601a50643f830c755c01" },
        { "get-header-value-trim", "GET", "/", "", "My-Header1: value1\nMy-Header2: \"a   b   c\"", "", "host;my-header1;my-header2;x-amz-date", "acc3ed3afb60bb290fc8d2dd0098b9911fcaa05412b367055dee359757a9c736" },
        { "get-unreserved", "GET", $"/{Unreserved}", "", "", "", "host;x-amz-date", "07ef7494c76fa4850883e2b006601f940f8a34d404d0cfa977f52a65bbf5f24f" },
        { "get-utf8", "GET", "/ሴ", "", "", "", "host;x-amz-date", "8318018e0b0f223aa2bbf98705b62bb787dc9c0e678f255a891fd03141be5d85" },
        { "get-vanilla", "GET", "/", "", "", "", "host;x-amz-date", "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31" },
        { "get-vanilla-empty-query-key", "GET", "/", "Param1=value1", "", "", "host;x-amz-date", "a67d582fa61cc504c4bae71f336f98b97f1ea3c7a6bfe1b6e45aec72011b9aeb" },
        { "get-vanilla-query", "GET", "/", "", "", "", "host;x-amz-date", "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31" },
        { "get-vanilla-query-order-key-case", "GET", "/", "Param2=value2\nParam1=value1", "", "", "host;x-amz-date", "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500" },
        { "get-vanilla-query-unreserved", "GET", "/", $"{Unreserved}={Unreserved}", "", "", "host;x-amz-date", "9c3e54bfcdf0b19771a7f523ee5669cdf59bc7cc0884027167c21bb143a40197" },
        { "get-vanilla-utf8-query", "GET", "/", "ሴ=bar", "", "", "host;x-amz-date", "2cdec8eed098649ff3a119c94853b13c643bcf08f8b0a1d91e12c9027818dd04" },
        { "post-header-key-case", "POST", "/", "", "", "", "host;x-amz-date", "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b" },
        { "post-header-key-sort", "POST", "/", "", "My-Header1:value1", "", "host;my-header1;x-amz-date", "c5410059b04c1ee005303aed430f6e6645f61f4dc9e1461ec8f8916fdf18852c" },
        { "post-header-value-case", "POST", "/", "", "My-Header1:VALUE1", "", "host;my-header1;x-amz-date", "cdbc9802e29d2942e5e10b5bccfdd67c5f22c7c4e8ae67b53629efa58b974b7d" },
        { "post-sts-header-before", "POST", "/", "", $"X-Amz-Security-Token:{Token}", "", "host;x-amz-date;x-amz-security-token", "85d96828115b5dc0cfc3bd16ad9e210dd772bbebba041836c64533a82be05ead" },
        { "post-vanilla", "POST", "/", "", "", "", "host;x-amz-date", "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b" },
        { "post-vanilla-empty-query-value", "POST", "/", "Param1=value1", "", "", "host;x-amz-date", "28038455d6de14eafc1f9222cf5aa6f1a96197d7deb8263271d420d138af7f11" },
        { "post-vanilla-query", "POST", "/", "Param1=value1", "", "", "host;x-amz-date", "28038455d6de14eafc1f9222cf5aa6f1a96197d7deb8263271d420d138af7f11" },
        { "post-vanilla-query-nonunreserved", "POST", "/", "@#$%^=\n+=/,?><`\";:\\|][{}", "", "", "host;x-amz-date", "66c82657c86e26fb25238d0e69f011edc4c6df5ae71119d7cb98ed9b87393c1e" },
        { "post-vanilla-query-space", "POST", "/", "p=", "", "", "host;x-amz-date", "e71688addb58a26418614085fb730ba3faa623b461c17f48f2fbdb9361b94a9b" },
        { "post-x-www-form-urlencoded", "POST", "/", "", "Content-Type:application/x-www-form-urlencoded", "Param1=value1", "content-type;host;x-amz-date", "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a" },
        { "post-x-www-form-urlencoded-parameters", "POST", "/", "", "Content-Type:application/x-www-form-urlencoded; charset=utf8", "Param1=value1", "content-type;host;x-amz-date", "1a72ec8f64bd914b0e42e42607c7fbce7fb2c7465f63e3092b3b0d39fa77a6fe" },
    };

    [Theory, MemberData(nameof(Vectors))]
    public void The_published_vectors_come_out(string name, string method, string path, string query, string headers, string body, string signed, string signature)
    {
        Assert.NotEmpty(name);
        var request = new SignedRequest(method, path, Encoding.UTF8.GetBytes(body))
        {
            Query = [.. Pairs(query, '=')],
            Headers = [new("Host", "example.amazonaws.com"), .. Pairs(headers, ':'), new("X-Amz-Date", "20150830T123600Z")],
        };
        Assert.Equal($"AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, SignedHeaders={signed}, Signature={signature}",
            SigV4.Authorization(request, Suite, Moment));
    }

    private static IEnumerable<KeyValuePair<string, string>> Pairs(string lines, char between) => lines.Length == 0 ? []
        : lines.Split('\n').Select(line => line.Split(between, 2)).Select(pair => KeyValuePair.Create(pair[0], pair[1]));

    // Signed by the machine's clock, which AWS's signer cannot be told; the time is read back from its header.
    [Fact]
    public void AWSs_own_signer_comes_to_the_same_signature_over_seeded_random_requests()
    {
        var random = new Random(20260301);
        for (var i = 0; i < 300; i++)
        {
            var scope = new SigningScope(Text(random, 20), new(Text(random, 40)), Pick(random, "eu-central-1", "us-east-1", "ap-southeast-2"), "ses");
            var body = new byte[random.Next(0, 5000)];
            random.NextBytes(body);
            var token = random.Next(2) == 0 ? null : Text(random, 100);
            var parts = Enumerable.Range(0, random.Next(1, 4)).Select(_ => $"{Text(random, 8)} é").ToList();

            var (theirs, path, at) = SignedByAws(scope, body, token, parts);
            List<KeyValuePair<string, string>> headers =
            [
                new("Host", "email.example.com"), new("X-Amz-Date", SigV4.Stamp(at)), new("Content-Type", "application/json"), new("X-Amz-Content-SHA256", Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(body))),
            ];
            if (token is not null) headers.Add(new("X-Amz-Security-Token", token));
            Assert.Equal(theirs, SigV4.Authorization(new("POST", path, body) { Headers = headers }, scope, at));
        }
    }

    private static (string Authorization, string Path, DateTimeOffset At) SignedByAws(SigningScope scope, byte[] body, string? token, List<string> parts)
    {
        var request = new DefaultRequest(new AnyRequest(), "Amazon.SimpleEmailV2")
        {
            HttpMethod = "POST",
            Endpoint = new Uri("https://email.example.com"),
            ResourcePath = string.Concat(parts.Select((_, i) => $"/{{part{i}}}")),
            Content = body,
            OverrideSigningServiceName = scope.Service,
            AuthenticationRegion = scope.Region,
        };
        for (var i = 0; i < parts.Count; i++) request.AddPathResource($"{{part{i}}}", parts[i]);
        request.Headers["Content-Type"] = "application/json";
        if (token is not null) request.Headers["X-Amz-Security-Token"] = token;
        var result = new AWS4Signer().SignRequest(request, new AnyConfig { AuthenticationRegion = scope.Region }, new(), scope.AccessKeyId, scope.SecretAccessKey.Reveal());
        return (result.ForAuthorizationHeader, AmazonServiceClient.ComposeUrl(request).AbsolutePath, new DateTimeOffset(result.DateTime, TimeSpan.Zero));
    }

    private static string Text(Random random, int length) => string.Concat(Enumerable.Range(0, length).Select(_ => "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=-._~"[random.Next(69)]));

    private static string Pick(Random random, params string[] of) => of[random.Next(of.Length)];

    private sealed class AnyRequest : AmazonWebServiceRequest;

    private sealed class AnyConfig : ClientConfig
    {
        public AnyConfig() : base(new DefaultConfigurationProvider([new DefaultConfiguration()])) { }
        public override string ServiceVersion => "2019-09-27";
        public override string UserAgent => "test";
        public override string RegionEndpointServiceName => "ses";
        public override Amazon.Runtime.Endpoints.Endpoint DetermineServiceOperationEndpoint(Amazon.Runtime.Endpoints.ServiceOperationEndpointParameters parameters) => new("https://email.example.com");
    }
}
