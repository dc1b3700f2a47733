// Rendered from openapi.yaml: CHATRELAY_RENDER=1 ./chatrelay test -class '*ClientSourceTests'
#nullable enable
using System.Collections.ObjectModel;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace ChatRelay.Client;

public sealed partial class RelayClient
{
    public ApiKeysApi ApiKeys => field ??= new(Wire);

    public AuditEventsApi AuditEvents => field ??= new(Wire);

    public DeliveriesApi Deliveries => field ??= new(Wire);

    public DocumentApi Document => field ??= new(Wire);

    public ErasuresApi Erasures => field ??= new(Wire);

    public EventTypesApi EventTypes => field ??= new(Wire);

    public EventsApi Events => field ??= new(Wire);

    public HealthApi Health => field ??= new(Wire);

    public JobsApi Jobs => field ??= new(Wire);

    public MessagesApi Messages => field ??= new(Wire);

    public MetricsApi Metrics => field ??= new(Wire);

    public NotificationGroupsApi NotificationGroups => field ??= new(Wire);

    public NotificationsApi Notifications => field ??= new(Wire);

    public OperatorKeysApi OperatorKeys => field ??= new(Wire);

    public OpsApi Ops => field ??= new(Wire);

    public PinsApi Pins => field ??= new(Wire);

    public PresenceApi Presence => field ??= new(Wire);

    public ProvidersApi Providers => field ??= new(Wire);

    public RoomsApi Rooms => field ??= new(Wire);

    public SandboxApi Sandbox => field ??= new(Wire);

    public SigningKeysApi SigningKeys => field ??= new(Wire);

    public SuppressionsApi Suppressions => field ??= new(Wire);

    public TenantApi Tenant => field ??= new(Wire);

    public TenantsApi Tenants => field ??= new(Wire);

    public TokensApi Tokens => field ??= new(Wire);

    public UsageApi Usage => field ??= new(Wire);

    public UsersApi Users => field ??= new(Wire);

    public WebhookEndpointsApi WebhookEndpoints => field ??= new(Wire);

    public WebhookKeysApi WebhookKeys => field ??= new(Wire);
}
