using ChatRelay.TestKit;

[assembly: AssemblyFixture(typeof(SharedPostgres))]
