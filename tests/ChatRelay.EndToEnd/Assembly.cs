using ChatRelay.TestKit;

[assembly: AssemblyFixture(typeof(SharedPostgres))]
[assembly: TestCollectionOrderer(typeof(ChatRelay.EndToEnd.LongestFirst))]
