using System.Buffers.Binary;
using System.Text;

namespace ChatRelay.TestKit;

/// <summary>A span as the collector got it. Attributes are written as texts.</summary>
internal sealed record CollectedSpan(string Trace, string Id, string Parent, string Name, int Kind, ulong Start, ulong End, int Status, IReadOnlyDictionary<string, string> Attributes);

/// <summary>A point of a metric: its labels, and its value or, of a histogram, its count and bounds.</summary>
internal sealed record CollectedPoint(string Metric, IReadOnlyDictionary<string, string> Labels, double Value, IReadOnlyList<double> Bounds);

/// <summary>A collector of OpenTelemetry's on loopback: takes OTLP over HTTP, and reads the protobuf with thirty lines of its own.</summary>
internal sealed class FakeCollector : IAsyncDisposable
{
    private readonly FakeReceiver receiver = FakeReceiver.Answering(200);

    public string Endpoint => $"http://127.0.0.1:{receiver.Port}";

    /// <summary>What came, as it came.</summary>
    public IReadOnlyList<FakeRequest> Requests => [.. receiver.Requests];

    /// <summary>Nodes of one process hear each other's spans: each counts once.</summary>
    public IReadOnlyList<CollectedSpan> Spans => [.. Of("/v1/traces")
        .SelectMany(body => Parts(body, 1)).SelectMany(resource => Parts(resource, 2)).SelectMany(scope => Parts(scope, 2)).Select(SpanOf).DistinctBy(s => s.Id)];

    public IReadOnlyList<CollectedPoint> Points => [.. Of("/v1/metrics")
        .SelectMany(body => Parts(body, 1)).SelectMany(resource => Parts(resource, 2)).SelectMany(scope => Parts(scope, 2)).SelectMany(PointsOf)];

    /// <summary>service.name and its like.</summary>
    public IReadOnlyDictionary<string, string> Resource => Attributes(Of("/v1/traces").SelectMany(body => Parts(body, 1)).SelectMany(resource => Parts(resource, 1)).First(), 1);

    public ValueTask DisposeAsync() => receiver.DisposeAsync();

    private IEnumerable<byte[]> Of(string path) => receiver.Requests.Where(r => r.Line.StartsWith($"POST {path} ", StringComparison.Ordinal)).Select(r => r.Body);

    private static CollectedSpan SpanOf(byte[] span) => new(
        Hex(span, 1), Hex(span, 2), Hex(span, 4), Text(span, 5), (int)Number(span, 6), Number(span, 7), Number(span, 8),
        Parts(span, 15).Select(status => (int)Number(status, 3)).FirstOrDefault(), Attributes(span, 9));

    private static IEnumerable<CollectedPoint> PointsOf(byte[] metric)
    {
        var name = Text(metric, 1);
        foreach (var points in Parts(metric, 5).Concat(Parts(metric, 7)))
            foreach (var point in Parts(points, 1))
                yield return new(name, Attributes(point, 7), Fields(point).Any(f => f.Field == 6) ? (long)Number(point, 6) : BitConverter.UInt64BitsToDouble(Number(point, 4)), []);
        foreach (var points in Parts(metric, 9))
            foreach (var point in Parts(points, 1))
                yield return new(name, Attributes(point, 9), Number(point, 4), [.. Parts(point, 7).SelectMany(Doubles)]);
    }

    private static Dictionary<string, string> Attributes(byte[] message, int field) => Parts(message, field).ToDictionary(pair => Text(pair, 1), pair =>
    {
        var (kind, number, bytes) = Parts(pair, 2).Select(value => Fields(value).First()).First();
        return kind == 1 ? Encoding.UTF8.GetString(bytes) : $"{(long)number}";
    });

    private static IEnumerable<double> Doubles(byte[] packed)
    {
        for (var at = 0; at < packed.Length; at += 8) yield return BinaryPrimitives.ReadDoubleLittleEndian(packed.AsSpan(at));
    }

    private static IEnumerable<byte[]> Parts(byte[] message, int field) => Fields(message).Where(f => f.Field == field).Select(f => f.Bytes);
    private static ulong Number(byte[] message, int field) => Fields(message).Where(f => f.Field == field).Select(f => f.Number).FirstOrDefault();
    private static string Text(byte[] message, int field) => Encoding.UTF8.GetString(Parts(message, field).FirstOrDefault() ?? []);
    private static string Hex(byte[] message, int field) => Convert.ToHexStringLower(Parts(message, field).FirstOrDefault() ?? []);

    // Protobuf: a tag of field and wire type; then a varint, eight or four bytes, or a length and so many bytes.
    private static List<(int Field, ulong Number, byte[] Bytes)> Fields(byte[] message)
    {
        var (fields, at) = (new List<(int, ulong, byte[])>(), 0);
        while (at < message.Length)
        {
            var tag = Varint();
            var field = (int)(tag >> 3);
            switch (tag & 7)
            {
                case 0: fields.Add((field, Varint(), [])); break;
                case 1: fields.Add((field, BinaryPrimitives.ReadUInt64LittleEndian(message.AsSpan(at)), [])); at += 8; break;
                case 5: fields.Add((field, BinaryPrimitives.ReadUInt32LittleEndian(message.AsSpan(at)), [])); at += 4; break;
                case 2:
                    var length = (int)Varint();
                    fields.Add((field, 0, message[at..(at + length)]));
                    at += length;
                    break;
                default: throw new FormatException($"wire type {tag & 7}");
            }
        }
        return fields;

        ulong Varint()
        {
            for (var (value, shift) = (0UL, 0); ; shift += 7)
            {
                var next = message[at++];
                value |= (ulong)(next & 0x7F) << shift;
                if (next < 0x80) return value;
            }
        }
    }
}
