using System.Text;

namespace ChatRelay.Tests.Clients;

/// <summary>How the document's names read in C#. Tables hold what no rule gives.</summary>
internal static class ClientNames
{
    /// <summary>What has its place elsewhere: frames are the socket's, and providers post what they tell.</summary>
    public static readonly IReadOnlySet<string> LeftOut = new HashSet<string> { "connect.events", "connect.poll", "inbound.receive" };

    /// <summary>A list of words is named after one place where it stands.</summary>
    private static readonly Dictionary<string, string> Words = new()
    {
        ["Accepted.status"] = "NotificationStatus", ["AcceptedDelivery.channel"] = "ChannelName", ["AcceptedDelivery.status"] = "DeliveryStatus", ["Alert.rule"] = "AlertRuleName",
        ["AlertRule.unit"] = "AlertUnit", ["ApiKey.environment"] = "KeyEnvironment", ["Endpoint.payload"] = "PayloadForm", ["Endpoint.status"] = "SwitchStatus",
        ["Room.write"] = "WritePolicy", ["Room.history"] = "HistoryPolicy", ["ChangeTenantRequest.status"] = "TenantSwitch", ["SigningKey.algorithm"] = "SigningAlgorithm",
        ["Tenant.status"] = "TenantStatus", ["Delivery.last_outcome"] = "AttemptOutcome", ["EmailInputInput.stream"] = "MailStream", ["Endpoint.signature"] = "SignatureKind",
        ["Endpoint.health"] = "HealthState", ["Fault.code"] = "FaultCode", ["InboxItem.state"] = "InboxState", ["Job.status"] = "JobStatus", ["ListMembers.role"] = "MemberRole",
        ["MailgunConfigInput.region"] = "MailgunRegion", ["MintTokenGrantInput.can"] = "RoomRight", ["OperatorKey.role"] = "OperatorRole", ["Notification.priority"] = "Priority",
        ["OutboundAllowance.use"] = "OutboundUse", ["StepInputInput.until"] = "UntilState", ["StepInputInput.on_unknown"] = "WhenUnknown", ["Suppression.reason"] = "SuppressionReason",
        ["Provider.type"] = "ProviderType", ["Provider.inbound"] = "InboundState", ["ReadGroup.status"] = "GroupStatus", ["ReadPresence.status"] = "PresenceStatus", ["Room.type"] = "RoomType",
        ["SendBatchRequest.mode"] = "BatchMode", ["SendgridConfigInput.region"] = "SendgridRegion", ["SmtpConfigInput.security"] = "SmtpSecurity", ["SmtpConfigInput.auth"] = "SmtpAuth",
        ["StepInputInput.skip_if"] = "SkipCondition", ["Suppression.stream"] = "SuppressionStream", ["Why.waits_for"] = "WaitCause", ["users.inbox.state"] = "InboxFilter",
    };

    private static readonly Dictionary<string, string> Types = new()
    {
        ["ValidationProblem"] = "Problem", ["UsageUsage"] = "Usage", ["UsageUsageRow"] = "UsageRow", ["DeliveryEndpointsAttempts"] = "AttemptList", ["DeliveryEndpointsAttempt"] = "Attempt",
        ["AlertEndpointsRequest"] = "ChangeAlertRuleRequest", ["AlertEndpointsRouteRequest"] = "AlertRouteInput", ["OwnTenantRequest"] = "ChangeOwnTenantRequest",
        ["OperatorKeyEndpointsRequest"] = "CreateOperatorKeyRequest", ["EventTypes"] = "EventType", ["EventTypesRequest"] = "EventTypeInput", ["EventTypesList"] = "EventTypeList",
        ["MembersChangeInput"] = "MemberChange", ["MembersManyInput"] = "ManyMembers", ["SuppressionEndpointsBatchInput"] = "SuppressionBatchInput", ["SuppressionEndpointsBatch"] = "SuppressionBatch",
        ["PublishEvent"] = "PublishedEvent", ["MintToken"] = "MintedToken", ["SendBatch"] = "AcceptedBatch", ["ReadPresence"] = "UserPresence", ["ReadPresenceFound"] = "UserPresenceList",
        ["ReadPresenceRequest"] = "PresenceQuery", ["ListMembers"] = "RoomMember", ["ListMembersPage"] = "RoomMemberPage", ["ListUserRooms"] = "UserRoom", ["ListUserRoomsPage"] = "UserRoomPage",
        ["ListMentions"] = "Mention", ["ListMentionsPage"] = "MentionPage", ["ListReactions"] = "ReactionList", ["ListReactionsReaction"] = "Reaction", ["ListMessages"] = "MessageList",
        ["ListInbox"] = "InboxList", ["ReadGroup"] = "NotificationGroup", ["ReadWebhookSecret"] = "OriginSecret", ["TestProvider"] = "ProviderTest", ["OpenInbound"] = "OpenedInbound",
        ["CreatePortalLink"] = "PortalLink", ["EndpointSecretsRequest"] = "RollSecretRequest", ["EndpointDeliveries"] = "EndpointDelivery", ["MarkRead"] = "ReadMark",
        ["PreviewPreviewStep"] = "PreviewStep", ["PreviewRenderedMail"] = "RenderedMail", ["RenderedHeadHeader"] = "RenderedHeader", ["PreferencesChannelWishes"] = "ChannelWishes",
        ["PreferencesChannelWishesInput"] = "ChannelWishesInput", ["PreferencesPreferencesInputInput"] = "PreferencesInput", ["ProviderInputMailgunInput"] = "MailgunProviderInput",
        ["ProviderInputPostmarkInput"] = "PostmarkProviderInput", ["ProviderInputSandboxInput"] = "SandboxProviderInput", ["ProviderInputSendgridInput"] = "SendgridProviderInput",
        ["ProviderInputSesInput"] = "SesProviderInput", ["ProviderInputSmtpInput"] = "SmtpProviderInput", ["SendManyMulti"] = "MultiSent", ["SendManyMultiItem"] = "MultiSentItem",
        ["SendManyMultiRequest"] = "MultiSendRequest", ["SendManyBatch"] = "BatchSent", ["SendManyBatchRequest"] = "BatchSendRequest", ["SendManySentItem"] = "BatchSentItem",
        ["SendManyRefusedItem"] = "BatchRefusedItem",
    };

    public static string Type(string schema) =>
        Types.TryGetValue(schema, out var name) ? name : schema.EndsWith("InputInput", StringComparison.Ordinal) ? schema[..^"Input".Length] : schema;

    public static string Word(IEnumerable<string> places) =>
        places.Select(p => Words.GetValueOrDefault(p)).FirstOrDefault(n => n is not null) ?? throw new InvalidOperationException($"ClientNames has no name for the words of {places.First()}");

    /// <summary>`created_after` and `HS256` as PascalCase.</summary>
    public static string Pascal(string name)
    {
        var text = new StringBuilder();
        var up = true;
        foreach (var c in name)
        {
            if (char.IsLetterOrDigit(c)) text.Append(up ? char.ToUpperInvariant(c) : c);
            up = !char.IsLetterOrDigit(c);
        }
        return text.ToString();
    }

    public static string Camel(string name) => Pascal(name) is var pascal ? char.ToLowerInvariant(pascal[0]) + pascal[1..] : name;

    public static string Escaped(string text) => text.Replace("&", "&amp;", StringComparison.Ordinal).Replace("<", "&lt;", StringComparison.Ordinal).Replace(">", "&gt;", StringComparison.Ordinal).ReplaceLineEndings(" ");
}
