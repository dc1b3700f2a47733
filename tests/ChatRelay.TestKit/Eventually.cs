namespace ChatRelay.TestKit;

/// <summary>Waits for what another task will make true, asking again without a fixed sleep; fails after a generous time.</summary>
internal static class Eventually
{
    public static async Task Async(Func<Task<bool>> holds, double seconds = 30)
    {
        var started = TimeProvider.System.GetTimestamp();
        while (!await holds())
        {
            if (TimeProvider.System.GetElapsedTime(started).TotalSeconds > seconds) throw new TimeoutException($"did not come true within {seconds} s");
            await Task.Yield();
        }
    }
}
