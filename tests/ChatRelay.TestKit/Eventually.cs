namespace ChatRelay.TestKit;

/// <summary>Waits for what another task will make true, asking again after a breath, so that the other one has the machine; fails after a generous time.</summary>
internal static class Eventually
{
    private static readonly TimeSpan Breath = TimeSpan.FromMilliseconds(5);

    public static async Task Async(Func<Task<bool>> holds, double seconds = 30)
    {
        var started = TimeProvider.System.GetTimestamp();
        while (!await holds())
        {
            if (TimeProvider.System.GetElapsedTime(started).TotalSeconds > seconds) throw new TimeoutException($"did not come true within {seconds} s");
            await Task.Delay(Breath, TimeProvider.System);
        }
    }
}
