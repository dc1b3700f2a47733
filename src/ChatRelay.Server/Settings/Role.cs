namespace ChatRelay.Settings;

/// <summary>What a node does. One process does all of it unless it is told otherwise.</summary>
internal enum Role
{
    Api,
    Deliver,
    Realtime,
    Upkeep,
}
