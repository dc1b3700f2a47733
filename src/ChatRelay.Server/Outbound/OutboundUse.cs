namespace ChatRelay.Outbound;

/// <summary>What a connection is for: a tenant's allow-list opens ranges for one use only.</summary>
internal enum OutboundUse
{
    Webhook,
    Smtp,
    Http,
}
