// Rendered from openapi.yaml by tools/render.mjs.

/** What can be said beside a call. */
export interface CallOptions {
  /** Ends the call, with its waits. */
  signal?: AbortSignal;
  /** Yours, for a POST; else one is made for each call. */
  idempotencyKey?: string;
  /** How often it is tried again. */
  retries?: number;
  headers?: Record<string, string>;
}

/** Awaited it is one page; in a `for await` it is all items, page after page. */
export interface List<Page extends { data: unknown[] }> extends PromiseLike<Page>, AsyncIterable<Page['data'][number]> {}

export type ProblemCode = Problem['code'];

/** One method for each operation. */
export interface Operations {
  apiKeys: {
    /** Make an API key. Needs an API key with the scope `tenant:admin`. `POST /v1/api-keys` */
    create: (body: CreateApiKeyRequest, options?: CallOptions) => Promise<NewApiKey>;
    /** List API keys. Needs an API key with the scope `tenant:admin`. `GET /v1/api-keys` */
    list: (query?: {
      /** How many objects a page holds. */
      limit?: number;
      /** The next_cursor of the page before: older objects follow. */
      after?: string;
      /** A cursor: newer objects than it, the nearest page. */
      before?: string;
      /** Whose keys: the caller's own environment by default; a live key may say test. */
      environment?: "live" | "test";
    }, options?: CallOptions) => List<ApiKeyPage>;
    /** Revoke an API key. Needs an API key with the scope `tenant:admin`. `DELETE /v1/api-keys/{id}` */
    revoke: (id: string, query?: {
      /** Whose keys: the caller's own environment by default; a live key may say test. */
      environment?: "live" | "test";
    }, options?: CallOptions) => Promise<void>;
    /** Replace an API key, with an overlap. Needs an API key with the scope `tenant:admin`. `POST /v1/api-keys/{id}/roll` */
    roll: (id: string, body: RollApiKeyRequest, query?: {
      /** Whose keys: the caller's own environment by default; a live key may say test. */
      environment?: "live" | "test";
    }, options?: CallOptions) => Promise<NewApiKey>;
  };
  auditEvents: {
    /** List what keys and operators did. Needs an API key with the scope `tenant:admin`. `GET /v1/audit-events` */
    list: (query?: {
      /** How many objects a page holds. */
      limit?: number;
      /** The next_cursor of the page before: older objects follow. */
      after?: string;
      /** A cursor: newer objects than it, the nearest page. */
      before?: string;
    }, options?: CallOptions) => List<AuditEventPage>;
  };
  deliveries: {
    /** List a delivery's attempts, the first one first. Needs an API key with the scope `deliveries:read`. `GET /v1/deliveries/{id}/attempts` */
    attempts: (id: string, options?: CallOptions) => Promise<DeliveryEndpointsAttempts>;
    /** Read a delivery. Needs an API key with the scope `deliveries:read`. `GET /v1/deliveries/{id}` */
    get: (id: string, options?: CallOptions) => Promise<Delivery>;
    /** List deliveries; status=failed is the dead-letter list. Of filters that few deliveries fit, a page may hold fewer than `limit`, or none, while `has_more` is true: so many were looked through, and `next_cursor` leads on. Needs an API key with the scope `deliveries:read`. `GET /v1/deliveries` */
    list: (query?: {
      /** How many objects a page holds. */
      limit?: number;
      /** The next_cursor of the page before: older objects follow. */
      after?: string;
      /** A cursor: newer objects than it, the nearest page. */
      before?: string;
      /** Where they stand. */
      status?: "waiting" | "queued" | "sending" | "retrying" | "held" | "sent" | "delivered" | "read" | "bounced" | "failed" | "skipped" | "suppressed" | "canceled" | "expired" | "quarantined";
      /** Their channel. */
      channel?: "websocket" | "email" | "webhook";
      /** The provider account. */
      provider?: string;
      /** The endpoint. */
      endpoint?: string;
      /** How the last attempt ended. */
      outcome?: "ok" | "http_error" | "rate_limited" | "timeout" | "dns_error" | "connection_error" | "tls_error" | "blocked_address" | "auth_failed" | "quota" | "invalid_recipient" | "provider_rejected" | "protocol_error" | "worker_lost";
      /** Made at or after this time. */
      created_after?: string | Date;
      /** Made before this time. */
      created_before?: string | Date;
    }, options?: CallOptions) => List<DeliveryPage>;
    /** Send failed deliveries again. Needs an API key with the scope `deliveries:write`. `POST /v1/deliveries/replay` */
    replay: (body: ReplayDeliveriesRequest, options?: CallOptions) => Promise<Counted>;
    /** Try a delivery again, or let a held one go. Needs an API key with the scope `deliveries:write`. `POST /v1/deliveries/{id}/retry` */
    retry: (id: string, options?: CallOptions) => Promise<Repeated>;
    /** Ask what a delivery waits for. Needs an API key with the scope `deliveries:read`. `GET /v1/deliveries/{id}/why` */
    why: (id: string, options?: CallOptions) => Promise<Why>;
  };
  document: {
    /** This document as JSON. Open to everybody. `GET /openapi.json` */
    json: (options?: CallOptions) => Promise<Record<string, unknown>>;
    /** This document as YAML. Open to everybody. `GET /openapi.yaml` */
    yaml: (options?: CallOptions) => Promise<string>;
  };
  erasures: {
    /** Erase what is stored about a person, or what an event says. Needs an API key with the scope `tenant:admin`. `POST /v1/erasures` */
    create: (body: RequestErasureRequest, options?: CallOptions) => Promise<Job>;
  };
  eventTypes: {
    /** Read an event type. Needs an API key with the scope `events:write`. `GET /v1/event-types/{type}` */
    get: (type: string, options?: CallOptions) => Promise<EventTypes>;
    /** List your own event types. Needs an API key with the scope `events:write`. `GET /v1/event-types` */
    list: (options?: CallOptions) => Promise<EventTypesList>;
    /** Create or replace an event type. Needs an API key with the scope `events:write`. `PUT /v1/event-types/{type}` */
    put: (type: string, body: EventTypesRequest, options?: CallOptions) => Promise<EventTypes>;
  };
  events: {
    /** Read one event. Needs an API key with the scope `events:write`. `GET /v1/events/{id}` */
    get: (id: string, options?: CallOptions) => Promise<Event>;
    /** Read the event log, oldest first. Needs an API key with the scope `events:write`. `GET /v1/events` */
    list: (query?: {
      /** How many events a page holds. */
      limit?: number;
      /** The next_cursor of the page before: later events follow. */
      after?: string;
      /** A type, or a pattern such as message.*. */
      type?: string;
      /** Your own customer. */
      account?: string;
      /** Happened at or after this time. */
      created_after?: string | Date;
      /** Happened before this time. */
      created_before?: string | Date;
    }, options?: CallOptions) => List<EventPage>;
    /** Publish an event of your own. Needs an API key with the scope `events:write`. `POST /v1/events` */
    publish: (body: PublishEventRequest, options?: CallOptions) => Promise<PublishEvent>;
  };
  health: {
    /** Everything a node knows about itself and its database. Needs an operator's key with the role `metrics` or a higher one. `GET /health/detailed` */
    detailed: (options?: CallOptions) => Promise<HealthDetailed>;
    /** The process runs. Open to everybody. `GET /health/live` */
    live: (options?: CallOptions) => Promise<HealthStatus>;
    /** The node can take requests. Open to everybody. `GET /health/ready` */
    ready: (options?: CallOptions) => Promise<HealthStatus>;
  };
  jobs: {
    /** Read a background job. Needs an API key with the scope `tenant:admin`. `GET /v1/jobs/{id}` */
    get: (id: string, options?: CallOptions) => Promise<Job>;
    /** List background jobs. Needs an API key with the scope `tenant:admin`. `GET /v1/jobs` */
    list: (query?: {
      /** How many objects a page holds. */
      limit?: number;
      /** The next_cursor of the page before: older objects follow. */
      after?: string;
      /** A cursor: newer objects than it, the nearest page. */
      before?: string;
    }, options?: CallOptions) => List<JobPage>;
  };
  messages: {
    /** Delete a message. Needs an API key with the scope `rooms:write`, or a user's token. `DELETE /v1/rooms/{room}/messages/{message}` */
    delete: (room: string, message: string, options?: CallOptions) => Promise<void>;
    /** Edit a message. Needs an API key with the scope `rooms:write`, or a user's token. `PATCH /v1/rooms/{room}/messages/{message}` */
    edit: (room: string, message: string, body: EditMessageRequest, options?: CallOptions) => Promise<Sent>;
    /** Read a message and all of its edits. Needs an API key with the scope `rooms:read`, or a user's token. `GET /v1/rooms/{room}/messages/{message}/history` */
    history: (room: string, message: string, options?: CallOptions) => Promise<MessageHistory>;
    /** Read a room's log. Needs an API key with the scope `rooms:read`, or a user's token. `GET /v1/rooms/{room}/messages` */
    list: (room: string, query?: {
      /** How many numbers at most. */
      limit?: number;
      /** Numbers after this one. */
      after_seq?: number;
      /** Numbers before this one, the nearest; the newest without either. */
      before_seq?: number;
    }, options?: CallOptions) => List<ListMessages>;
    /** React to a message. Needs an API key with the scope `rooms:write`, or a user's token. `POST /v1/rooms/{room}/messages/{message}/reactions` */
    react: (room: string, message: string, body: ReactRequest, options?: CallOptions) => Promise<Sent>;
    /** Who has reacted to a message. Needs an API key with the scope `rooms:read`, or a user's token. `GET /v1/rooms/{room}/messages/{message}/reactions` */
    reactions: (room: string, message: string, query?: {
      /** How many at most. */
      limit?: number;
      /** Those that were made after this number of the room. */
      after_seq?: number;
    }, options?: CallOptions) => List<ListReactions>;
    /** Search a room's messages, the newest first. Needs an API key with the scope `rooms:read`, or a user's token. `GET /v1/rooms/{room}/messages/search` */
    search: (room: string, query?: {
      /** Words that all occur; "two words" side by side, -word not, or between two words for either. */
      q?: string;
      /** How many messages at most. */
      limit?: number;
      /** Of this user. */
      from?: string;
      /** Of this type. */
      type?: string;
      /** Sent at this time or later. */
      created_after?: string | Date;
      /** Sent before this time. */
      created_before?: string | Date;
      /** Messages before this number: for the next page, the last one's. */
      before_seq?: number;
    }, options?: CallOptions) => List<SearchMessages>;
    /** Send a message into a room. Needs an API key with the scope `rooms:write`, or a user's token. `POST /v1/rooms/{room}/messages` */
    send: (room: string, body: MessageInputInput, options?: CallOptions) => Promise<Sent>;
    /** Send up to 100 messages into a room, numbered in their order. Needs an API key with the scope `rooms:write`. `POST /v1/rooms/{room}/messages/batch` */
    sendBatch: (room: string, body: SendManyBatchRequest, options?: CallOptions) => Promise<SendManyBatch>;
    /** Send one message into up to 100 rooms. Needs an API key with the scope `rooms:write`. `POST /v1/messages/multi` */
    sendMulti: (body: SendManyMultiRequest, options?: CallOptions) => Promise<SendManyMulti>;
    /** Read a message and the replies to it. Needs an API key with the scope `rooms:read`, or a user's token. `GET /v1/rooms/{room}/messages/{message}/thread` */
    thread: (room: string, message: string, query?: {
      /** How many replies at most. */
      limit?: number;
      /** Replies after this number. */
      after_seq?: number;
    }, options?: CallOptions) => List<MessageThread>;
    /** Take a reaction back. Needs an API key with the scope `rooms:write`, or a user's token. `POST /v1/rooms/{room}/messages/{message}/reactions/remove` */
    unreact: (room: string, message: string, body: ReactRequest, options?: CallOptions) => Promise<Sent>;
  };
  /** Metrics in the text format of Prometheus. Needs an operator's key with the role `metrics` or a higher one. `GET /metrics` */
  metrics: (options?: CallOptions) => Promise<string>;
  notificationGroups: {
    /** Read how far a group is. Needs an API key with the scope `notifications:read`. `GET /v1/notification-groups/{group}` */
    get: (group: string, options?: CallOptions) => Promise<ReadGroup>;
  };
  notifications: {
    /** Cancel a notification. Needs an API key with the scope `notifications:write`. `POST /v1/notifications/{id}/cancel` */
    cancel: (id: string, options?: CallOptions) => Promise<Moved>;
    /** Cancel notifications by filter. Needs an API key with the scope `notifications:write`. `POST /v1/notifications/cancel` */
    cancelMany: (body: CancelManyRequest, options?: CallOptions) => Promise<Counted>;
    content: {
      /** Erase a notification's content. Needs an API key with the scope `notifications:write`. `DELETE /v1/notifications/{id}/content` */
      delete: (id: string, options?: CallOptions) => Promise<void>;
    };
    /** Read a notification. Needs an API key with the scope `notifications:read`. `GET /v1/notifications/{id}` */
    get: (id: string, options?: CallOptions) => Promise<Notification>;
    /** List notifications. Needs an API key with the scope `notifications:read`. `GET /v1/notifications` */
    list: (query?: {
      /** How many objects a page holds. */
      limit?: number;
      /** The next_cursor of the page before: older objects follow. */
      after?: string;
      /** A cursor: newer objects than it, the nearest page. */
      before?: string;
      /** Where they stand. */
      status?: "scheduled" | "queued" | "sending" | "sent" | "delivered" | "read" | "failed" | "canceled" | "expired" | "suppressed";
      /** A channel of their route. */
      channel?: "websocket" | "email" | "webhook";
      /** The user or the mail address. */
      to?: string;
      /** Your own id. */
      external_id?: string;
      /** Those of one request to several people, or of one round of a room's notify. */
      group?: string;
      /** Accepted at or after this time. */
      created_after?: string | Date;
      /** Accepted before this time. */
      created_before?: string | Date;
    }, options?: CallOptions) => List<NotificationPage>;
    /** See what a notification would do. Needs an API key with the scope `notifications:read`. `POST /v1/notifications/preview` */
    preview: (body: NotificationInputInput, options?: CallOptions) => Promise<Preview>;
    /** Change when a notification is sent. Needs an API key with the scope `notifications:write`. `PATCH /v1/notifications/{id}` */
    reschedule: (id: string, body: RescheduleRequest, options?: CallOptions) => Promise<Notification>;
    /** Send a notification again. Needs an API key with the scope `notifications:write`. `POST /v1/notifications/{id}/resend` */
    resend: (id: string, options?: CallOptions) => Promise<Repeated>;
    /** Send a notification. Needs an API key with the scope `notifications:write`. `POST /v1/notifications` */
    send: (body: NotificationInputInput, options?: CallOptions) => Promise<Accepted>;
    /** Send up to 500 notifications. Needs an API key with the scope `notifications:write`. `POST /v1/notifications/batch` */
    sendBatch: (body: SendBatchRequest, options?: CallOptions) => Promise<SendBatch>;
    /** Read what happened to a notification. Needs an API key with the scope `notifications:read`. `GET /v1/notifications/{id}/timeline` */
    timeline: (id: string, options?: CallOptions) => Promise<Timeline>;
  };
  operatorKeys: {
    /** Make an operator's key. Needs an operator's key with the role `admin`. `POST /v1/operator-keys` */
    create: (body: OperatorKeyEndpointsRequest, options?: CallOptions) => Promise<NewOperatorKey>;
    /** List operators' keys. Needs an operator's key with the role `admin`. `GET /v1/operator-keys` */
    list: (query?: {
      /** How many objects a page holds. */
      limit?: number;
      /** The next_cursor of the page before: older objects follow. */
      after?: string;
      /** A cursor: newer objects than it, the nearest page. */
      before?: string;
    }, options?: CallOptions) => List<OperatorKeyPage>;
    /** Revoke an operator's key. Needs an operator's key with the role `admin`. `DELETE /v1/operator-keys/{id}` */
    revoke: (id: string, options?: CallOptions) => Promise<void>;
  };
  ops: {
    alertRoute: {
      /** Tell of alerts by way of no tenant. Needs an operator's key with the role `admin`. `DELETE /v1/ops/alert-route` */
      delete: (options?: CallOptions) => Promise<void>;
      /** See by way of which tenant alerts are told. Needs an operator's key with the role `viewer` or a higher one. `GET /v1/ops/alert-route` */
      get: (options?: CallOptions) => Promise<AlertRoute>;
      /** Tell of alerts by a mail or a webhook of a tenant. Needs an operator's key with the role `admin`. `PUT /v1/ops/alert-route` */
      put: (body: AlertEndpointsRouteRequest, options?: CallOptions) => Promise<AlertRoute>;
    };
    alertRules: {
      /** List the rules that alerts come from. Needs an operator's key with the role `viewer` or a higher one. `GET /v1/ops/alert-rules` */
      list: (options?: CallOptions) => Promise<AlertRules>;
      /** Set a rule's threshold, or silence it for a while. Needs an operator's key with the role `operator` or a higher one. `PATCH /v1/ops/alert-rules/{rule}` */
      update: (rule: string, body: AlertEndpointsRequest, options?: CallOptions) => Promise<AlertRule>;
    };
    alerts: {
      /** Say that somebody looks after an alert. Needs an operator's key with the role `operator` or a higher one. `POST /v1/ops/alerts/{id}/acknowledge` */
      acknowledge: (id: string, options?: CallOptions) => Promise<void>;
      /** List alerts, newest first. Needs an operator's key with the role `viewer` or a higher one. `GET /v1/ops/alerts` */
      list: (query?: {
        /** How many objects a page holds. */
        limit?: number;
        /** The next_cursor of the page before: older objects follow. */
        after?: string;
        /** A cursor: newer objects than it, the nearest page. */
        before?: string;
      }, options?: CallOptions) => List<AlertPage>;
    };
    auditEvents: {
      /** List what operators did to the installation. Needs an operator's key with the role `admin`. `GET /v1/ops/audit-events` */
      list: (query?: {
        /** How many objects a page holds. */
        limit?: number;
        /** The next_cursor of the page before: older objects follow. */
        after?: string;
        /** A cursor: newer objects than it, the nearest page. */
        before?: string;
      }, options?: CallOptions) => List<AuditEventPage>;
    };
    channels: {
      /** Send nothing over a channel until it is resumed. Needs an operator's key with the role `operator` or a higher one. `POST /v1/ops/channels/{channel}/pause` */
      pause: (channel: string, options?: CallOptions) => Promise<void>;
      /** Let a paused channel go on. Needs an operator's key with the role `operator` or a higher one. `POST /v1/ops/channels/{channel}/resume` */
      resume: (channel: string, options?: CallOptions) => Promise<void>;
    };
    /** Cancel waiting and held deliveries. Needs an operator's key with the role `operator` or a higher one. `POST /v1/ops/discard` */
    discard: (body: OperateQueueRequest, options?: CallOptions) => Promise<Counted>;
    /** Hold waiting deliveries. Needs an operator's key with the role `operator` or a higher one. `POST /v1/ops/hold` */
    hold: (body: OperateQueueRequest, options?: CallOptions) => Promise<Counted>;
    jobs: {
      /** Read an operators' background job. Needs an operator's key with the role `viewer` or a higher one. `GET /v1/ops/jobs/{id}` */
      get: (id: string, options?: CallOptions) => Promise<Job>;
      /** List operators' background jobs. Needs an operator's key with the role `viewer` or a higher one. `GET /v1/ops/jobs` */
      list: (query?: {
        /** How many objects a page holds. */
        limit?: number;
        /** The next_cursor of the page before: older objects follow. */
        after?: string;
        /** A cursor: newer objects than it, the nearest page. */
        before?: string;
      }, options?: CallOptions) => List<JobPage>;
    };
    nodes: {
      /** Take a node out of service. Needs an operator's key with the role `operator` or a higher one. `POST /v1/ops/nodes/{node}/drain` */
      drain: (node: string, options?: CallOptions) => Promise<void>;
    };
    /** Send nothing until resumed. Needs an operator's key with the role `operator` or a higher one. `POST /v1/ops/pause` */
    pause: ((options?: CallOptions) => Promise<Pause>) & {
      /** See whether the relay rests, and what would be sent. Needs an operator's key with the role `viewer` or a higher one. `GET /v1/ops/pause` */
      get: (options?: CallOptions) => Promise<Pause>;
    };
    pauses: {
      /** List paused channels and tenants. Needs an operator's key with the role `viewer` or a higher one. `GET /v1/ops/pauses` */
      list: (options?: CallOptions) => Promise<Pauses>;
    };
    /** Let held deliveries go. Needs an operator's key with the role `operator` or a higher one. `POST /v1/ops/release` */
    release: (body: OperateQueueRequest, options?: CallOptions) => Promise<Counted>;
    /** Let go what waits, after a pause or a restored backup. Needs an operator's key with the role `operator` or a higher one. `POST /v1/ops/resume` */
    resume: (options?: CallOptions) => Promise<Pause>;
    tenants: {
      /** Send nothing of a tenant until it is resumed. Needs an operator's key with the role `operator` or a higher one. `POST /v1/ops/tenants/{id}/pause` */
      pause: (id: string, options?: CallOptions) => Promise<void>;
      /** Let a paused tenant go on. Needs an operator's key with the role `operator` or a higher one. `POST /v1/ops/tenants/{id}/resume` */
      resume: (id: string, options?: CallOptions) => Promise<void>;
    };
    upkeep: {
      /** Run a recurring task now. Needs an operator's key with the role `operator` or a higher one. `POST /v1/ops/upkeep/{task}/run` */
      run: (task: string, options?: CallOptions) => Promise<void>;
    };
  };
  pins: {
    /** The pinned messages of a room, the last pinned first. Needs an API key with the scope `rooms:read`, or a user's token. `GET /v1/rooms/{room}/pins` */
    list: (room: string, options?: CallOptions) => Promise<Pins>;
    /** Pin a message. Needs an API key with the scope `rooms:write`, or a user's token. `PUT /v1/rooms/{room}/pins/{message}` */
    put: (room: string, message: string, options?: CallOptions) => Promise<Sent>;
    /** Unpin a message. Needs an API key with the scope `rooms:write`, or a user's token. `DELETE /v1/rooms/{room}/pins/{message}` */
    remove: (room: string, message: string, options?: CallOptions) => Promise<void>;
  };
  presence: {
    /** Which of these users are there. Needs an API key with the scope `users:write`, or a user's token. `POST /v1/presence/query` */
    query: (body: ReadPresenceRequest, options?: CallOptions) => Promise<ReadPresenceFound>;
  };
  providers: {
    /** Add a provider account. Needs an API key with the scope `providers:write`. `POST /v1/providers` */
    create: (body: ProviderInputInput, options?: CallOptions) => Promise<Provider>;
    /** Delete a provider account. Needs an API key with the scope `providers:write`. `DELETE /v1/providers/{id}` */
    delete: (id: string, options?: CallOptions) => Promise<void>;
    /** Read a provider account. Needs an API key with the scope `providers:write`. `GET /v1/providers/{id}` */
    get: (id: string, options?: CallOptions) => Promise<Provider>;
    inbound: {
      /** End an account's inbound URLs. Needs an API key with the scope `providers:write`. `DELETE /v1/providers/{id}/inbound` */
      close: (id: string, options?: CallOptions) => Promise<void>;
      /** Make or roll the URL for an account's events. Needs an API key with the scope `providers:write`. `POST /v1/providers/{id}/inbound` */
      open: (id: string, body: OpenInboundRequest, options?: CallOptions) => Promise<OpenInbound>;
    };
    /** List provider accounts. Needs an API key with the scope `providers:write`. `GET /v1/providers` */
    list: (query?: {
      /** How many objects a page holds. */
      limit?: number;
      /** The next_cursor of the page before: older objects follow. */
      after?: string;
      /** A cursor: newer objects than it, the nearest page. */
      before?: string;
    }, options?: CallOptions) => List<ProviderPage>;
    /** Send a test mail through a provider account. Needs an API key with the scope `providers:write`. `POST /v1/providers/{id}/test` */
    test: (id: string, body: TestProviderRequest, options?: CallOptions) => Promise<TestProvider>;
    /** Change, pause or disable a provider account. Needs an API key with the scope `providers:write`. `PATCH /v1/providers/{id}` */
    update: (id: string, body: ChangeProviderRequest, options?: CallOptions) => Promise<Provider>;
  };
  rooms: {
    /** Make a room, or find a direct one. Needs an API key with the scope `rooms:write`. `POST /v1/rooms` */
    create: (body: RoomInputInput, options?: CallOptions) => Promise<Room>;
    /** Delete a room and all that was said in it. Needs an API key with the scope `rooms:write`. `DELETE /v1/rooms/{room}` */
    delete: (room: string, options?: CallOptions) => Promise<void>;
    /** Read a room. Needs an API key with the scope `rooms:read`, or a user's token. `GET /v1/rooms/{room}` */
    get: (room: string, options?: CallOptions) => Promise<Room>;
    /** List rooms. Needs an API key with the scope `rooms:read`. `GET /v1/rooms` */
    list: (query?: {
      /** How many objects a page holds. */
      limit?: number;
      /** The next_cursor of the page before: older objects follow. */
      after?: string;
      /** A cursor: newer objects than it, the nearest page. */
      before?: string;
    }, options?: CallOptions) => List<RoomPage>;
    members: {
      /** Make many members at once. Needs an API key with the scope `rooms:write`. `POST /v1/rooms/{room}/members/batch` */
      batch: (room: string, body: MembersManyInput, options?: CallOptions) => Promise<void>;
      /** Who is in a room, by the users' ids. Needs an API key with the scope `rooms:read`, or a user's token. `GET /v1/rooms/{room}/members` */
      list: (room: string, query?: {
        /** How many members a page holds. */
        limit?: number;
        /** The next_cursor of the page before. */
        after?: string;
      }, options?: CallOptions) => List<ListMembersPage>;
      /** Make someone a member, or change their role, mute or ban. Needs an API key with the scope `rooms:write`. `PUT /v1/rooms/{room}/members/{user}` */
      put: (room: string, user: string, body: MembersChangeInput, options?: CallOptions) => Promise<void>;
      /** Remove a member. Needs an API key with the scope `rooms:write`. `DELETE /v1/rooms/{room}/members/{user}` */
      remove: (room: string, user: string, options?: CallOptions) => Promise<void>;
    };
    /** Make a room by your own id, or replace its settings. Needs an API key with the scope `rooms:write`. `PUT /v1/rooms/{room}` */
    put: (room: string, body: RoomInputInput, options?: CallOptions) => Promise<Room>;
    /** Tell how far a member has read. Needs an API key with the scope `rooms:write`, or a user's token. `POST /v1/rooms/{room}/read` */
    read: (room: string, body: MarkReadRequest, options?: CallOptions) => Promise<MarkRead>;
    /** Change a room. Needs an API key with the scope `rooms:write`. `PATCH /v1/rooms/{room}` */
    update: (room: string, body: ChangeRoomRequest, options?: CallOptions) => Promise<Room>;
  };
  sandbox: {
    emails: {
      /** Read a mail that the sandbox kept. Needs an API key with the scope `notifications:read`. `GET /v1/sandbox/emails/{id}` */
      get: (id: string, options?: CallOptions) => Promise<KeptEmail>;
      /** List mails that the sandbox kept. Needs an API key with the scope `notifications:read`. `GET /v1/sandbox/emails` */
      list: (query?: {
        /** How many objects a page holds. */
        limit?: number;
        /** The next_cursor of the page before: older objects follow. */
        after?: string;
        /** A cursor: newer objects than it, the nearest page. */
        before?: string;
        /** Mails to this address. */
        to?: string;
      }, options?: CallOptions) => List<SandboxEmailPage>;
      /** Read a kept mail as it would have gone over the wire. Needs an API key with the scope `notifications:read`. `GET /v1/sandbox/emails/{id}/mime` */
      mime: (id: string, options?: CallOptions) => Promise<string>;
    };
  };
  signingKeys: {
    /** Make a key that signs your users' tokens. Needs an API key with the scope `tenant:admin`. `POST /v1/signing-keys` */
    create: (body: CreateSigningKeyRequest, options?: CallOptions) => Promise<NewSigningKey>;
    /** Delete a signing key. Needs an API key with the scope `tenant:admin`. `DELETE /v1/signing-keys/{id}` */
    delete: (id: string, options?: CallOptions) => Promise<void>;
    /** List signing keys. Needs an API key with the scope `tenant:admin`. `GET /v1/signing-keys` */
    list: (query?: {
      /** How many objects a page holds. */
      limit?: number;
      /** The next_cursor of the page before: older objects follow. */
      after?: string;
      /** A cursor: newer objects than it, the nearest page. */
      before?: string;
    }, options?: CallOptions) => List<SigningKeyPage>;
  };
  suppressions: {
    /** Suppress an address. An address that is suppressed for this reason already is found, not made twice; its end becomes the one given. Needs an API key with the scope `suppressions:write`. `POST /v1/suppressions` */
    create: (body: SuppressionInputInput, options?: CallOptions) => Promise<Suppression>;
    /** Suppress up to 1000 addresses. Needs an API key with the scope `suppressions:write`. `POST /v1/suppressions/batch` */
    createBatch: (body: SuppressionEndpointsBatchInput, options?: CallOptions) => Promise<SuppressionEndpointsBatch>;
    /** Let an address get mail again. Needs an API key with the scope `suppressions:write`. `DELETE /v1/suppressions/{id}` */
    delete: (id: string, options?: CallOptions) => Promise<void>;
    /** Read a suppression. Needs an API key with the scope `suppressions:write`. `GET /v1/suppressions/{id}` */
    get: (id: string, options?: CallOptions) => Promise<Suppression>;
    /** List addresses that get no mail. Needs an API key with the scope `suppressions:write`. `GET /v1/suppressions` */
    list: (query?: {
      /** How many objects a page holds. */
      limit?: number;
      /** The next_cursor of the page before: older objects follow. */
      after?: string;
      /** A cursor: newer objects than it, the nearest page. */
      before?: string;
      /** Those of this address, however it is written. */
      email?: string;
      /** Why. */
      reason?: "hard_bounce" | "complaint" | "unsubscribe" | "manual";
    }, options?: CallOptions) => List<SuppressionPage>;
  };
  tenant: {
    /** Read your tenant. Needs an API key; any scope will do. `GET /v1/tenant` */
    get: (options?: CallOptions) => Promise<OwnTenant>;
    /** Change your tenant. Needs an API key with the scope `tenant:admin`. `PATCH /v1/tenant` */
    update: (body: OwnTenantRequest, options?: CallOptions) => Promise<OwnTenant>;
    /** Read the secret of an origin. Needs an API key with the scope `webhooks:write`. `GET /v1/tenant/webhook-secret` */
    webhookSecret: (query?: {
      /** Scheme, host and port of your receiver, such as https://example.com. */
      origin?: string;
    }, options?: CallOptions) => Promise<ReadWebhookSecret>;
  };
  tenants: {
    /** Make a tenant. Needs an operator's key with the role `admin`. `POST /v1/tenants` */
    create: (body: CreateTenantRequest, options?: CallOptions) => Promise<CreatedTenant>;
    /** Delete a tenant and everything it has. Needs an operator's key with the role `admin`. `DELETE /v1/tenants/{id}` */
    delete: (id: string, options?: CallOptions) => Promise<Job>;
    /** Read a tenant. Needs an operator's key with the role `viewer` or a higher one. `GET /v1/tenants/{id}` */
    get: (id: string, options?: CallOptions) => Promise<Tenant>;
    /** List tenants. Needs an operator's key with the role `viewer` or a higher one. `GET /v1/tenants` */
    list: (query?: {
      /** How many objects a page holds. */
      limit?: number;
      /** The next_cursor of the page before: older objects follow. */
      after?: string;
      /** A cursor: newer objects than it, the nearest page. */
      before?: string;
      /** The tenant with this external id. */
      external_id?: string;
    }, options?: CallOptions) => List<TenantPage>;
    /** Change or suspend a tenant. Needs an operator's key with the role `admin`. `PATCH /v1/tenants/{id}` */
    update: (id: string, body: ChangeTenantRequest, options?: CallOptions) => Promise<Tenant>;
  };
  tokens: {
    /** Make a token for a user. Needs an API key with the scope `users:token`. `POST /v1/tokens` */
    mint: (body: MintTokenRequest, options?: CallOptions) => Promise<MintToken>;
    /** Revoke a user's tokens, or one token. Needs an API key with the scope `users:token`. `POST /v1/tokens/revoke` */
    revoke: (body: RevokeTokensRequest, options?: CallOptions) => Promise<void>;
  };
  usage: {
    /** Read usage by day. Needs an API key with the scope `tenant:admin`. `GET /v1/usage` */
    get: (query?: {
      /** How many days, today included. */
      days?: number;
    }, options?: CallOptions) => Promise<UsageUsage>;
  };
  users: {
    /** Block another user. Needs an API key with the scope `users:write`, or a user's token. `PUT /v1/users/{user}/blocks/{other}` */
    block: (user: string, other: string, options?: CallOptions) => Promise<void>;
    /** Whom a user blocks. Needs an API key with the scope `users:write`, or a user's token. `GET /v1/users/{user}/blocks` */
    blocks: (user: string, options?: CallOptions) => Promise<Blocks>;
    /** Forget what is known of a user. Needs an API key with the scope `users:write`. `DELETE /v1/users/{user}` */
    delete: (user: string, options?: CallOptions) => Promise<void>;
    /** End a user's tokens and connections. Needs an API key with the scope `users:write`. `POST /v1/users/{user}/disconnect` */
    disconnect: (user: string, options?: CallOptions) => Promise<void>;
    /** Read what is known of a user. Needs an API key with the scope `users:write`. `GET /v1/users/{user}` */
    get: (user: string, options?: CallOptions) => Promise<User>;
    /** Read a user's inbox, the newest first. Needs an API key with the scope `notifications:read`, or a user's token. `GET /v1/users/{user}/inbox` */
    inbox: ((user: string, query?: {
      /** active: what is not archived, which is the default; unread; archived. */
      state?: "active" | "unread" | "archived";
      /** Only this category. */
      category?: string;
      /** How many entries a page holds. */
      limit?: number;
      /** The next_cursor of the page before: older entries follow. */
      after?: string;
    }, options?: CallOptions) => List<ListInbox>) & {
      /** Tell that a device has a notification. Needs an API key with the scope `notifications:write`, or a user's token. `POST /v1/users/{user}/inbox/{ntf}/ack` */
      ack: (user: string, ntf: string, options?: CallOptions) => Promise<InboxMoved>;
      /** Put a notification away. Needs an API key with the scope `notifications:write`, or a user's token. `POST /v1/users/{user}/inbox/{ntf}/archive` */
      archive: (user: string, ntf: string, options?: CallOptions) => Promise<InboxMoved>;
      /** Tell that a notification was read. Needs an API key with the scope `notifications:write`, or a user's token. `POST /v1/users/{user}/inbox/{ntf}/read` */
      read: (user: string, ntf: string, options?: CallOptions) => Promise<InboxMoved>;
      /** Tell that everything was read. Needs an API key with the scope `notifications:write`, or a user's token. `POST /v1/users/{user}/inbox/read-all` */
      readAll: (user: string, options?: CallOptions) => Promise<InboxMoved>;
    };
    /** The messages that name a user, the newest first. Needs an API key with the scope `rooms:read`, or a user's token. `GET /v1/users/{user}/mentions` */
    mentions: (user: string, query?: {
      /** How many messages a page holds. It may hold fewer where there are more. */
      limit?: number;
      /** The next_cursor of the page before. */
      after?: string;
    }, options?: CallOptions) => List<ListMentionsPage>;
    preferences: {
      /** Read a user's preferences. Needs an API key with the scope `users:write`, or a user's token. `GET /v1/users/{user}/preferences` */
      get: (user: string, options?: CallOptions) => Promise<Preferences>;
      /** Set a user's preferences, all of them. Needs an API key with the scope `users:write`, or a user's token. `PUT /v1/users/{user}/preferences` */
      put: (user: string, body: PreferencesPreferencesInputInput, options?: CallOptions) => Promise<Preferences>;
    };
    /** Whether a user is there. Needs an API key with the scope `users:write`, or a user's token. `GET /v1/users/{user}/presence` */
    presence: (user: string, options?: CallOptions) => Promise<ReadPresence>;
    /** Tell who a user is. Needs an API key with the scope `users:write`. `PUT /v1/users/{user}` */
    put: (user: string, body: PutUserRequest, options?: CallOptions) => Promise<User>;
    /** The rooms of a user, the liveliest first, with unread counts. Needs an API key with the scope `rooms:read`, or a user's token. `GET /v1/users/{user}/rooms` */
    rooms: (user: string, query?: {
      /** How many rooms a page holds. */
      limit?: number;
      /** The next_cursor of the page before. A room that becomes lively meanwhile moves to the front. */
      after?: string;
    }, options?: CallOptions) => List<ListUserRoomsPage>;
    /** Unblock another user. Needs an API key with the scope `users:write`, or a user's token. `DELETE /v1/users/{user}/blocks/{other}` */
    unblock: (user: string, other: string, options?: CallOptions) => Promise<void>;
  };
  webhookEndpoints: {
    /** Cancel what waits for an endpoint. Needs an API key with the scope `webhooks:write`. `POST /v1/webhook-endpoints/{endpoint}/cancel-pending` */
    cancelPending: (endpoint: string, body: ReplayEndpointCancelRequest, options?: CallOptions) => Promise<Counted>;
    /** Add a webhook endpoint. Needs an API key with the scope `webhooks:write`. `POST /v1/webhook-endpoints` */
    create: (body: EndpointInputInput, options?: CallOptions) => Promise<Endpoint>;
    /** Delete a webhook endpoint. Needs an API key with the scope `webhooks:write`. `DELETE /v1/webhook-endpoints/{endpoint}` */
    delete: (endpoint: string, options?: CallOptions) => Promise<void>;
    /** List an endpoint's deliveries. Of filters that few deliveries fit, a page may hold fewer than `limit`, or none, while `has_more` is true: so many were looked through, and `next_cursor` leads on. Needs an API key with the scope `webhooks:write`. `GET /v1/webhook-endpoints/{endpoint}/deliveries` */
    deliveries: (endpoint: string, query?: {
      /** How many objects a page holds. */
      limit?: number;
      /** The next_cursor of the page before: older objects follow. */
      after?: string;
      /** A cursor: newer objects than it, the nearest page. */
      before?: string;
      /** Where they stand. */
      status?: "waiting" | "queued" | "sending" | "retrying" | "held" | "sent" | "delivered" | "read" | "bounced" | "failed" | "skipped" | "suppressed" | "canceled" | "expired" | "quarantined";
      /** How the last attempt ended. */
      outcome?: "ok" | "http_error" | "rate_limited" | "timeout" | "dns_error" | "connection_error" | "tls_error" | "blocked_address" | "auth_failed" | "quota" | "invalid_recipient" | "provider_rejected" | "protocol_error" | "worker_lost";
      /** Made at or after this time. */
      created_after?: string | Date;
      /** Made before this time. */
      created_before?: string | Date;
    }, options?: CallOptions) => List<DeliveryPage>;
    /** Read a delivery with its body and its attempts. Needs an API key with the scope `webhooks:write`. `GET /v1/webhook-endpoints/{endpoint}/deliveries/{delivery}` */
    delivery: (endpoint: string, delivery: string, options?: CallOptions) => Promise<EndpointDeliveries>;
    /** Enable a webhook endpoint that is paused or disabled. Needs an API key with the scope `webhooks:write`. `POST /v1/webhook-endpoints/{endpoint}/enable` */
    enable: (endpoint: string, options?: CallOptions) => Promise<Endpoint>;
    /** Read a webhook endpoint. Needs an API key with the scope `webhooks:write`. `GET /v1/webhook-endpoints/{endpoint}` */
    get: (endpoint: string, options?: CallOptions) => Promise<Endpoint>;
    /** List webhook endpoints. Needs an API key with the scope `webhooks:write`. `GET /v1/webhook-endpoints` */
    list: (query?: {
      /** How many objects a page holds. */
      limit?: number;
      /** The next_cursor of the page before: older objects follow. */
      after?: string;
      /** A cursor: newer objects than it, the nearest page. */
      before?: string;
      /** Those of one of your customers. */
      account?: string;
    }, options?: CallOptions) => List<EndpointPage>;
    /** Make a link to a customer's own page. Needs an API key with the scope `webhooks:write`. `POST /v1/webhook-endpoints/portal-link` */
    portalLink: (body: CreatePortalLinkRequest, options?: CallOptions) => Promise<CreatePortalLink>;
    /** Create or replace a webhook endpoint. Needs an API key with the scope `webhooks:write`. `PUT /v1/webhook-endpoints/{endpoint}` */
    put: (endpoint: string, body: EndpointInputInput, options?: CallOptions) => Promise<Endpoint>;
    /** Send an endpoint's events of a time again. Needs an API key with the scope `webhooks:write`. `POST /v1/webhook-endpoints/{endpoint}/replay` */
    replay: (endpoint: string, body: ReplayEndpointRequest, options?: CallOptions) => Promise<Counted>;
    /** Send an event to its endpoint again. Needs an API key with the scope `webhooks:write`. `POST /v1/webhook-endpoints/{endpoint}/deliveries/{delivery}/resend` */
    resend: (endpoint: string, delivery: string, options?: CallOptions) => Promise<Delivery>;
    /** Replace an endpoint's secret, with an overlap. Needs an API key with the scope `webhooks:write`. `POST /v1/webhook-endpoints/{endpoint}/roll-secret` */
    rollSecret: (endpoint: string, body: EndpointSecretsRequest, options?: CallOptions) => Promise<EndpointSecrets>;
    /** Read what a receiver checks with. Needs an API key with the scope `webhooks:write`. `GET /v1/webhook-endpoints/{endpoint}/secret` */
    secret: (endpoint: string, options?: CallOptions) => Promise<EndpointSecrets>;
    /** Read an endpoint's figures by day. Needs an API key with the scope `webhooks:write`. `GET /v1/webhook-endpoints/{endpoint}/stats` */
    stats: (endpoint: string, query?: {
      /** How many days, today (UTC) included. */
      days?: number;
    }, options?: CallOptions) => Promise<EndpointStats>;
    /** Send a test event to a webhook endpoint. Needs an API key with the scope `webhooks:write`. `POST /v1/webhook-endpoints/{endpoint}/test` */
    test: (endpoint: string, options?: CallOptions) => Promise<TestEvent>;
    /** Change, pause or disable a webhook endpoint. Needs an API key with the scope `webhooks:write`. `PATCH /v1/webhook-endpoints/{endpoint}` */
    update: (endpoint: string, body: ChangeEndpointRequest, options?: CallOptions) => Promise<Endpoint>;
  };
  webhookKeys: {
    /** Read the public keys that sign a tenant's webhooks. Open to everybody. `GET /.well-known/webhook-keys` */
    get: (query?: {
      /** Whose keys. */
      tenant?: string;
    }, options?: CallOptions) => Promise<PublicKeys>;
  };
}

export type Accepted = {
  /** Null when there is one for each of several people: then they stand in notifications. */
  id: string | null;
  status: "scheduled" | "queued" | "sending" | "sent" | "delivered" | "read" | "failed" | "canceled" | "expired" | "suppressed" | null;
  group_id: string | null;
  deliveries: Array<AcceptedDelivery>;
  /** Only for to.users: one for each, in their order. Those of a room's members are made after the answer. */
  notifications: Array<Accepted>;
};

export type AcceptedDelivery = {
  id: string;
  channel: "websocket" | "email" | "webhook";
  status: "waiting" | "queued" | "sending" | "retrying" | "held" | "sent" | "delivered" | "read" | "bounced" | "failed" | "skipped" | "suppressed" | "canceled" | "expired" | "quarantined";
};

export type Alert = {
  id: string;
  rule: "queue_age" | "failure_share" | "breakers_open" | "disk_free" | "old_snapshot" | "upkeep_overdue" | "upkeep_failing" | "node_silent" | "database_unreachable";
  summary: string;
  fired_at: string;
  /** Null while it fires. */
  resolved_at: string | null;
  /** The rule's figure when it fired, and at its worst since. */
  value: number;
  worst: number;
  threshold: number;
  acknowledged_at: string | null;
  acknowledged_by: string | null;
  told: Array<AlertTelling>;
};

export type AlertEndpointsRequest = {
  enabled?: boolean | null;
  /** Null is the rule's own. A share is between 0 and 1. */
  threshold?: number | null;
  /** Null is the rule's own. */
  for_s?: number | null;
  /** Null ends the silence. */
  silenced_until?: string | null;
};

export type AlertEndpointsRouteRequest = {
  /** Its live environment sends: through its own accounts, from its own address. */
  tenant: string;
  email?: string | null;
  /** Or a URL that this tenant may reach. */
  webhook_url?: string | null;
};

export type AlertPage = {
  data: Array<Alert>;
  has_more: boolean;
  next_cursor: string | null;
};

export type AlertRoute = {
  /** Null: no way is set. */
  tenant: string | null;
  email: string | null;
  webhook_url: string | null;
};

export type AlertRule = {
  rule: "queue_age" | "failure_share" | "breakers_open" | "disk_free" | "old_snapshot" | "upkeep_overdue" | "upkeep_failing" | "node_silent" | "database_unreachable";
  /** What is broken, up to the threshold. */
  says: string;
  /** What the figures count: seconds, a share of one, or things. */
  unit: "seconds" | "share" | "count";
  enabled: boolean;
  /** disk_free fires below it, the others above. */
  threshold: number;
  default_threshold: number;
  /** How long the figure has to be wrong before it fires, and well clear before it resolves. */
  for_s: number;
  default_for_s: number;
  /** The figure as it was judged last; null if nobody knows it. */
  value: number | null;
  judged_at: string | null;
  firing: boolean;
  /** Until then nothing is told of it; what fires still is told afterwards. */
  silenced_until: string | null;
  runbook: string;
};

export type AlertRules = {
  rules: Array<AlertRule>;
  /** Whether this node has an address in CHATRELAY_ALERT_URL. */
  outside: boolean;
  /** Whether it has one in CHATRELAY_HEARTBEAT_URL. */
  heartbeat: boolean;
};

export type AlertTelling = {
  /** outside: the address in CHATRELAY_ALERT_URL. relay: by way of a tenant. */
  sink: string;
  /** fired or resolved. */
  turn: string;
  told_at: string | null;
  /** Why the last try did not get through. */
  error: string | null;
};

export type ApiKey = {
  id: string;
  name: string;
  environment: "live" | "test";
  scopes: Array<string>;
  /** The key's last four characters. */
  ending: string;
  created_at: string;
  expires_at: string | null;
  revoked_at: string | null;
  /** When the key was last used, to about a minute. */
  last_used_at: string | null;
};

export type ApiKeyCredentialsInput = {
  /** At most 512 bytes. */
  api_key: string;
};

export type ApiKeyPage = {
  data: Array<ApiKey>;
  has_more: boolean;
  next_cursor: string | null;
};

export type AttachmentInputInput = {
  filename: string;
  content_type: string;
  content: string;
  content_id?: string | null;
};

export type AuditEvent = {
  id: string;
  /** What was done, such as api_key.created. */
  type: string;
  /** Who did it: a key's id, operator: and a key's id, or relay. */
  actor: string | null;
  /** The id of what it was done to. */
  subject: string | null;
  /** More about it; never a secret. Any JSON value; it comes back as the same text. */
  data: unknown;
  created_at: string;
};

export type AuditEventPage = {
  data: Array<AuditEvent>;
  has_more: boolean;
  next_cursor: string | null;
};

export type Blocks = {
  blocked: Array<string>;
};

export type CancelManyFilterInput = {
  channel?: "websocket" | "email" | "webhook" | null;
  /** The user or the mail address. */
  to?: string | null;
  external_id?: string | null;
  category?: string | null;
  tag?: string | null;
  /** Those of one request to several people. Alone it also ends a group whose notifications are still being made. */
  group?: string | null;
  created_after?: string | null;
  created_before?: string | null;
};

export type CancelManyRequest = {
  filter: CancelManyFilterInput;
  /** Count only. */
  dry_run?: boolean;
};

export type ChangeEndpointRequest = {
  /** At another origin headers have to be given again: they would go to another place. */
  url?: string | null;
  external_id?: string | null;
  account?: string | null;
  description?: string | null;
  event_types?: Array<string> | null;
  /** All of them. */
  headers?: Record<string, string> | null;
  max_rate_per_s?: number | null;
  timeout_s?: number | null;
  retry_schedule_s?: Array<number> | null;
  ordered?: boolean | null;
  payload?: "full" | "thin" | null;
  status?: "enabled" | "paused" | "disabled" | null;
  /** Why it is paused or disabled; together with status. */
  disabled_reason?: string | null;
};

export type ChangeProviderRequest = {
  name?: string | null;
  /** The lowest is tried first. */
  priority?: number | null;
  /** Null only for a sandbox. */
  from?: MailboxInputInput | null;
  /** The whole config of the account's type. Where it sends the credentials to another place, they have to be given again. At most 16384 bytes. */
  config?: SmtpConfigInput | SendgridConfigInput | PostmarkConfigInput | MailgunConfigInput | SesConfigInput | SandboxConfigInput;
  /** The whole credentials of the account's type. They end a pause that the old ones had brought about. At most 32768 bytes. */
  credentials?: SmtpCredentialsInput | ApiKeyCredentialsInput | PostmarkCredentialsInput | SesCredentialsInput | NoCredentialsInput;
  max_rate_per_s?: number | null;
  daily_quota?: number | null;
  /** enabled ends a pause, also one of the relay's. */
  status?: "enabled" | "paused" | "disabled" | null;
};

export type ChangeRoomRequest = {
  external_id?: string | null;
  name?: string | null;
  /** Any JSON value; it comes back as the same text. At most 4096 bytes. */
  metadata?: unknown;
  max_members?: number | null;
  write?: "members" | "admins" | "tenant" | null;
  history?: "all" | "since_join" | null;
  /** true, for good. false only where it is false. */
  encrypted?: boolean | null;
  retention_days?: number | null;
  message_ttl_s?: number | null;
  /** Null: nobody is told any more, not of what was said already either. */
  notify?: NotifyInputInput | null;
};

export type ChangeTenantRequest = {
  name?: string | null;
  external_id?: string | null;
  status?: "active" | "suspended" | null;
  settings?: SettingsChangeInput | null;
};

export type ConnectPoll = {
  /** In their order. At most some 256 KB: ask again, and the rest follows. */
  frames: Array<unknown>;
};

export type ConnectPollRequest = {
  /** The number of the answer. */
  id?: number;
  /** May be left out; else `hello`. */
  op?: string | null;
  /** The version of the protocol: 1. */
  v: number;
  /** A user's token. It stands in the body, never in a URL or a header. */
  token: string;
  device?: string | null;
  client?: string | null;
  /** How far the client has everything. */
  resume?: HelloBodyResumeInputInput | null;
  /** What to show of who else is there, in all rooms that are joined. */
  presence?: "none" | "count" | "list";
  /** How long to wait for something new. */
  wait_s?: number;
};

export type ContentInputInput = {
  subject?: string | null;
  /** At most 262144 bytes. */
  text?: string | null;
  /** At most 262144 bytes. */
  html?: string | null;
  /** Any JSON value; it comes back as the same text. At most 262144 bytes. */
  data?: unknown;
  email?: EmailInputInput | null;
  encrypted?: EncryptedInputInput | null;
};

export type Counted = {
  count: number;
  job: Job | null;
  /** The first of what is meant, ten at most. Only a dry run of hold, release, discard and of the replay of deliveries has it. */
  sample: Array<Sampled> | null;
};

export type CreateApiKeyRequest = {
  name: string;
  /** live or test; the caller's own environment by default. A test key makes test keys only. */
  environment?: "live" | "test" | null;
  /** What the key may do; all that the calling key may, by default. */
  scopes?: Array<string> | null;
  expires_at?: string | null;
};

export type CreatePortalLink = {
  url: string;
  expires_at: string;
};

export type CreatePortalLinkRequest = {
  /** The customer: whoever has the link sees this account's endpoints, and no others. */
  account: string;
  /** How long the link holds, in seconds; an hour by default. */
  ttl_s?: number;
};

export type CreateSigningKeyRequest = {
  algorithm: "HS256" | "ES256" | "RS256" | "EdDSA";
  /** What tokens name the key by, unique among yours; the JWK's own, else the key's id, by default. */
  kid?: string | null;
  /** HS256 only: a secret of yours. Without it one is made and shown in the answer. */
  secret?: string | null;
  /** ES256, RS256 and EdDSA: the public key, as PEM in a string or as a JWK. Any JSON value; it comes back as the same text. At most 16384 bytes. */
  public_key?: unknown;
};

export type CreateTenantRequest = {
  name: string;
  external_id?: string | null;
  settings?: SettingsChangeInput | null;
};

export type CreatedTenant = {
  id: string;
  name: string;
  external_id: string | null;
  status: "active" | "suspended" | "deleting";
  settings: TenantSettings;
  created_at: string;
  /** A live key with every scope. It is shown in this answer only. */
  api_key: string;
};

export type Delivery = {
  id: string;
  notification_id: string | null;
  /** Null for a notification's step: the event that goes to an endpoint. */
  event_id: string | null;
  step: number;
  channel: "websocket" | "email" | "webhook";
  status: "waiting" | "queued" | "sending" | "retrying" | "held" | "sent" | "delivered" | "read" | "bounced" | "failed" | "skipped" | "suppressed" | "canceled" | "expired" | "quarantined";
  /** Why it was left out. By a wish of its user: preference_channel, preference_muted_room, preference_muted_user or preference_blocked_user. Mail: no_address; hard_bounce, complaint, unsubscribe or manual, as the suppression, or recipient_cap: the address had enough mail. An event: its endpoint was paused or disabled; it can be replayed. A step of a route: within_s or expires_at when its time ran out, earlier_step_reached, earlier_step_in_doubt, online or offline (skip_if), erased. */
  reason: string | null;
  /** Email only: the provider account. */
  provider: string | null;
  /** That account sends nothing. */
  sandbox: boolean;
  endpoint: string | null;
  /** Webhook only: where it goes. */
  url: string | null;
  attempts: number;
  last_outcome: "ok" | "http_error" | "rate_limited" | "timeout" | "dns_error" | "connection_error" | "tls_error" | "blocked_address" | "auth_failed" | "quota" | "invalid_recipient" | "provider_rejected" | "protocol_error" | "worker_lost" | null;
  /** It may have gone out although nobody answered for it. */
  maybe_sent: boolean;
  provider_message_id: string | null;
  next_attempt_at: string | null;
  /** The delivery that this one repeats. */
  retry_of: string | null;
  begun_at: string | null;
  ended_at: string | null;
  opened_at: string | null;
  clicked_at: string | null;
  complained_at: string | null;
  created_at: string;
};

export type DeliveryEndpointsAttempt = {
  id: string;
  number: number;
  /** automatic, manual or replay. */
  trigger: string;
  provider: string | null;
  started_at: string;
  duration_ms: number;
  outcome: "ok" | "http_error" | "rate_limited" | "timeout" | "dns_error" | "connection_error" | "tls_error" | "blocked_address" | "auth_failed" | "quota" | "invalid_recipient" | "provider_rejected" | "protocol_error" | "worker_lost";
  maybe_sent: boolean;
  detail: string | null;
  response_status: number | null;
  /** Names and values as they came. Any JSON value; it comes back as the same text. */
  response_headers: unknown;
  /** The first 16 KiB, read as UTF-8; what is none is replaced. */
  response_body: string | null;
  provider_message_id: string | null;
  next_attempt_at: string | null;
};

export type DeliveryEndpointsAttempts = {
  data: Array<DeliveryEndpointsAttempt>;
};

export type DeliveryPage = {
  data: Array<Delivery>;
  has_more: boolean;
  next_cursor: string | null;
};

export type DkimConfigInput = {
  domain: string;
  selector: string;
};

export type EditMessageRequest = {
  /** Any JSON value; it comes back as the same text. At most 65536 bytes. */
  body?: unknown;
  encrypted?: SealedInputInput | null;
};

export type EmailInputInput = {
  from?: MailboxInputInput | null;
  reply_to?: Array<MailboxInputInput>;
  cc?: Array<MailboxInputInput>;
  bcc?: Array<MailboxInputInput>;
  /** Headers of your own. Those that shape a mail, say who it is from and to, or belong to servers on its way are refused. */
  headers?: Record<string, string>;
  attachments?: Array<AttachmentInputInput>;
  stream?: "transactional" | "broadcast";
};

export type EncryptedInputInput = {
  alg: string;
  /** At most 65536 bytes. */
  ciphertext: string;
  /** Any JSON value; it comes back as the same text. At most 4096 bytes. */
  header?: unknown;
};

export type Endpoint = {
  id: string;
  external_id: string | null;
  account: string | null;
  url: string;
  description: string | null;
  event_types: Array<string>;
  /** The last characters of each value: at most four, and at most a third. */
  headers: Record<string, string>;
  max_rate_per_s: number | null;
  timeout_s: number;
  retry_schedule_s: Array<number> | null;
  ordered: boolean;
  payload: "full" | "thin";
  signature: "hmac" | "ed25519";
  status: "enabled" | "paused" | "disabled";
  /** Yours, or the relay's: gone (it answered 410), failing (days of nothing but failures). */
  disabled_reason: string | null;
  /** open: it failed too often in a row, and is left alone for a while. degraded: it is tried again, a few events at a time. */
  health: "healthy" | "degraded" | "open" | "paused" | "disabled";
  created_at: string;
  updated_at: string;
  /** Only when it was made: what the receiver checks with, whsec_… or whpk_…. */
  secret?: string | null;
};

export type EndpointDeliveries = {
  delivery: Delivery;
  event_type: string | null;
  /** What is posted; null for a notification's step, and when the event is not kept any more. */
  body: string | null;
  /** The first one first, with the answers' first 16 KiB. */
  attempts: Array<DeliveryEndpointsAttempt>;
};

export type EndpointInputInput = {
  url: string;
  /** Your own id for it, unique in the environment: paths take it as ext:…. */
  external_id?: string | null;
  /** Your own customer. It gets the events that were published for this customer, and no others; an endpoint without one gets the events without one. */
  account?: string | null;
  description?: string | null;
  /** Types, or patterns such as message.*; all by default. Signals only by their names: presence.changed, room.occupied, room.vacated, read.moved, typing.started. */
  event_types?: Array<string>;
  /** Headers of your own; of their values only the last characters are shown. */
  headers?: Record<string, string>;
  /** The most events a second, over all nodes; more wait. */
  max_rate_per_s?: number | null;
  timeout_s?: number;
  /** Seconds to wait before the second, third, … attempt, followed as written. Without it the relay's own schedule. */
  retry_schedule_s?: Array<number> | null;
  /** One event of an ordering key at a time, in order. A failure holds back the events of its key only. */
  ordered?: boolean;
  /** thin: only the event's id; what it says is read at GET /v1/events/{id}. */
  payload?: "full" | "thin";
  /** hmac: a shared secret (whsec_). ed25519: a key pair, of which you get the public half (whpk_). */
  signature?: "hmac" | "ed25519";
  status?: "enabled" | "paused" | "disabled";
  /** Why it is paused or disabled. */
  disabled_reason?: string | null;
};

export type EndpointPage = {
  data: Array<Endpoint>;
  has_more: boolean;
  next_cursor: string | null;
};

export type EndpointSecrets = {
  /** whsec_… for hmac; whpk_… for ed25519: what signs never leaves the relay. */
  secret: string;
  signature: "hmac" | "ed25519";
  created_at: string;
  /** Those before it that sign too, until they end. */
  previous: Array<EndpointSecretsOld>;
};

export type EndpointSecretsOld = {
  secret: string;
  ends_at: string | null;
};

export type EndpointSecretsRequest = {
  /** How long the old one signs too, in seconds; a day by default. */
  overlap_s?: number;
  /** Another kind of signature from now on. */
  signature?: "hmac" | "ed25519" | null;
};

export type EndpointStats = {
  /** The newest first. */
  days: Array<EndpointStatsDay>;
};

export type EndpointStatsDay = {
  /** In UTC. */
  date: string;
  deliveries: number;
  sent: number;
  failed: number;
  /** Left out while the endpoint was paused or disabled. */
  skipped: number;
  pending: number;
  /** Deliveries a second, over the day or what has passed of it. */
  per_second: number;
  attempts: number;
  failed_attempts: number;
  /** Of the attempts. */
  failure_share: number;
  p50_ms: number | null;
  p95_ms: number | null;
  p99_ms: number | null;
};

export type Entry = {
  seq: number;
  id: string | null;
  /** `skip` stands for the numbers from seq to `to`: they are not for this viewer, or expired. */
  kind: string;
  to: number | null;
  from: Sender | null;
  type: string | null;
  /** Any JSON value; it comes back as the same text. */
  body: unknown;
  /** Any JSON value; it comes back as the same text. */
  encrypted: unknown;
  about: string | null;
  reply_to: string | null;
  mentions: Array<string> | null;
  /** Any JSON value; it comes back as the same text. */
  metadata: unknown;
  client_id: string | null;
  created_at: string | null;
  expires_at: string | null;
  /** Its content was deleted or erased. */
  deleted: boolean;
  /** What a message has by now. Null for what is no message, and in a history. */
  marks: Marks | null;
};

export type Event = {
  id: string;
  /** One of the relay's, such as notification.sent, or one of your own. */
  type: string;
  /** Your own customer, for events that were published for one. */
  account: string | null;
  /** Your own end user, for events that were published about one. */
  user: string | null;
  /** The id of what it is about, for the relay's own events. */
  subject: string | null;
  ordering_key: string | null;
  client_id: string | null;
  /** What was published, as the same text; for the relay's own events ids and numbers, never content. null once it was erased. Any JSON value; it comes back as the same text. */
  data: unknown;
  created_at: string;
};

export type EventPage = {
  data: Array<Event>;
  has_more: boolean;
  /** Where to go on; given also at the end of the log, so that a reader who comes again misses nothing. Null only while there has been no event. */
  next_cursor: string | null;
  /** Changes when the log was set back, by a restore or a failover of the database: the last events that you read may be gone from it. The cursor goes on all the same. */
  epoch: string;
};

export type EventTypes = {
  name: string;
  description: string | null;
  /** As it was given. Any JSON value; it comes back as the same text. */
  schema: unknown;
  created_at: string;
  updated_at: string;
};

export type EventTypesList = {
  data: Array<EventTypes>;
};

export type EventTypesRequest = {
  description?: string | null;
  /** JSON Schema, as far as docs/webhooks.md has it. What is published under this type has to fit. Any JSON value; it comes back as the same text. At most 65536 bytes. */
  schema?: unknown;
};

/** One thing wrong in a body. What was given is never repeated. */
export type Fault = {
  /** Where, as an RFC 6901 pointer. Unknown names over 128 characters are cut off with an ellipsis. */
  pointer: string;
  code: "unknown_field" | "wrong_type" | "missing" | "null" | "unknown_value" | "invalid_format" | "forbidden_character" | "too_short" | "too_long" | "out_of_range" | "too_few_items" | "too_many_items" | "not_unique" | "too_large" | "not_allowed" | "not_found";
  /** What would be right. */
  detail: string;
};

export type HealthBus = {
  /** What carries the bus between nodes: postgres, redis, or process (this node is alone). */
  kind: string;
  /** away: this node does not hear itself over it. Nothing is lost; sockets hear of what other nodes took a little later. */
  status: string;
};

export type HealthDatabase = {
  version: string;
  schema: number;
  size_bytes: number;
  /** The age of the oldest transaction: a snapshot of minutes keeps dead rows alive. */
  oldest_transaction_s: number;
  /** What a COMMIT is worth: disk, standby (a synchronous standby holds it too) or platform (the platform sees to it). */
  durability: string;
};

export type HealthDetailed = {
  status: string;
  /** The whole relay rests: see /v1/ops/pause. */
  paused: boolean;
  node: string;
  version: string;
  roles: Array<string>;
  live_nodes: number;
  bus: HealthBus;
  time: string;
  database: HealthDatabase;
  memory_bytes: number;
};

export type HealthStatus = {
  status: string;
};

export type HelloBodyInput = {
  /** The number of the answer. */
  id?: number;
  /** May be left out; else `hello`. */
  op?: string | null;
  /** The version of the protocol: 1. */
  v: number;
  /** A user's token. It stands in the body, never in a URL or a header. */
  token: string;
  device?: string | null;
  client?: string | null;
  /** How far the client has everything. */
  resume?: HelloBodyResumeInputInput | null;
  /** What to show of who else is there, in all rooms that are joined. */
  presence?: "none" | "count" | "list";
};

export type HelloBodyResumeInputInput = {
  rooms?: Record<string, PositionInput> | null;
  inbox?: PositionInput | null;
  /** The `sid` of signals to this device that it has: they are not given again. */
  signals?: Array<string> | null;
};

export type InboxItem = {
  id: string;
  /** Its number in this inbox. A notification that is sent again moves to a new one. */
  seq: number;
  state: "new" | "acked" | "read" | "archived";
  /** As a device gets it: category, external_id, tags, metadata and content; null once it was erased. Any JSON value; it comes back as the same text. */
  notification: unknown;
  created_at: string;
  expires_at: string;
  acked_at: string | null;
  /** Null also when it was read with all others at once. */
  read_at: string | null;
  archived_at: string | null;
};

export type InboxMoved = {
  /** Null when all were read at once. */
  entry: InboxItem | null;
  /** Null while nothing was ever put into the inbox. */
  epoch: string | null;
  head: number;
  unread: number;
};

export type Job = {
  id: string;
  /** What it does, such as erasure or tenant_deletion. */
  kind: string;
  status: "queued" | "running" | "succeeded" | "failed" | "canceled";
  /** How many rows it has worked on. */
  done: number;
  /** How many there are, once that is known. */
  total: number | null;
  error: string | null;
  created_at: string;
  started_at: string | null;
  finished_at: string | null;
};

export type JobPage = {
  data: Array<Job>;
  has_more: boolean;
  next_cursor: string | null;
};

export type KeptEmail = {
  id: string;
  delivery_id: string;
  sandbox: boolean;
  /** The mail's fields as a provider would have got them. Any JSON value; it comes back as the same text. */
  mail: unknown;
  /** Of the rendered mail, in bytes; null when it was erased. */
  size: number | null;
  created_at: string;
  /** As they stand in the rendered mail, in order and unfolded. The whole of it is at …/mime. */
  headers: Array<RenderedHeadHeader>;
};

export type ListInbox = {
  data: Array<InboxItem>;
  has_more: boolean;
  next_cursor: string | null;
  /** Of the whole inbox, whatever is listed. */
  unread: number;
  /** With head: the position that a socket goes on from. Null while nothing was ever put into the inbox. */
  epoch: string | null;
  head: number;
};

export type ListMembers = {
  user: string;
  role: "owner" | "admin" | "member" | "guest";
  /** False for who is kept out by a ban; users are not shown those. */
  member: boolean;
  muted_until: string | null;
  banned_until: string | null;
  joined_at: string;
};

export type ListMembersPage = {
  data: Array<ListMembers>;
  has_more: boolean;
  next_cursor: string | null;
};

export type ListMentions = {
  room: string;
  message: Entry;
};

export type ListMentionsPage = {
  data: Array<ListMentions>;
  has_more: boolean;
  next_cursor: string | null;
};

export type ListMessages = {
  /** Ascending, each number once. */
  data: Array<Entry>;
  epoch: string;
  head: number;
  /** The lowest number that is still here. */
  first: number;
  has_more: boolean;
};

export type ListReactions = {
  data: Array<ListReactionsReaction>;
  has_more: boolean;
};

export type ListReactionsReaction = {
  user: string;
  key: string | null;
  /** Any JSON value; it comes back as the same text. */
  encrypted: unknown;
  /** Of the entry that says it. */
  seq: number;
  created_at: string;
};

export type ListUserRooms = {
  room: Room;
  role: "owner" | "admin" | "member" | "guest";
  muted_until: string | null;
  epoch: string;
  head: number;
  /** The lowest number that is still here. */
  first: number;
  /** How far this user has read. */
  read: number;
  unread: number;
  active_at: string;
};

export type ListUserRoomsPage = {
  data: Array<ListUserRooms>;
  has_more: boolean;
  next_cursor: string | null;
};

export type MailboxInputInput = {
  email: string;
  name?: string | null;
};

export type MailgunConfigInput = {
  /** Where its API is reached instead of at its public address: for tests and proxies. */
  base_url?: string | null;
  domain: string;
  region?: "us" | "eu";
};

export type MailgunCredentialsInput = {
  /** At most 512 bytes. */
  api_key: string;
  /** The account's HTTP webhook signing key. For inbound events. At most 512 bytes. */
  webhook_signing_key?: string | null;
};

export type MarkRead = {
  read: number;
  unread: number;
};

export type MarkReadRequest = {
  seq: number;
  /** The epoch that seq is a number of: with another one nothing is read, and the answer is 409. */
  epoch?: string | null;
  /** Whose; a user's token is its own user's. */
  user?: string | null;
};

export type Marks = {
  /** In the order in which they came up. */
  reactions: Array<MarksCount>;
  replies: number;
  last_reply_seq: number | null;
  pinned: boolean;
  /** How it reads now; null if it was not edited. */
  edit: MarksEdit | null;
};

export type MarksCount = {
  /** Null: all encrypted ones together, which the relay cannot tell apart. */
  key: string | null;
  count: number;
  /** The user whose token it is has it. */
  own: boolean;
};

export type MarksEdit = {
  seq: number;
  /** Any JSON value; it comes back as the same text. */
  body: unknown;
  /** Any JSON value; it comes back as the same text. */
  encrypted: unknown;
  created_at: string;
};

export type MemberInputInput = {
  user: string;
  role?: "owner" | "admin" | "member" | "guest";
};

export type MembersChangeInput = {
  role?: "owner" | "admin" | "member" | "guest";
  /** Until then nothing of theirs is taken; null ends it. */
  muted_until?: string | null;
  /** Until then they are out, and cannot come back. */
  banned_until?: string | null;
};

export type MembersManyInput = {
  members: Array<MemberInputInput>;
};

export type MessageHistory = {
  /** The message first, then its edits as they came; the last one is how it reads now. Of a deleted message no content is left. */
  data: Array<Entry>;
  /** There are more than 200 edits: the rest stands in the room's log. */
  has_more: boolean;
};

export type MessageInputInput = {
  /** Yours: the same one again, from the same sender into the same room, is answered with the first message. */
  client_id?: string | null;
  /** Whom an API key says it for. A user's token is its own user. */
  from?: string | null;
  type?: string;
  /** Any JSON value; it comes back as the same text. At most 65536 bytes. */
  body?: unknown;
  encrypted?: SealedInputInput | null;
  reply_to?: string | null;
  mentions?: Array<string>;
  expires_in_s?: number | null;
  /** Any JSON value; it comes back as the same text. At most 4096 bytes. */
  metadata?: unknown;
  /** Only if this is the room's last number: else 409 with the one that is. */
  expect_seq?: number | null;
  /** The epoch that expect_seq is a number of: after a restore or a failover of the database there may be another message under it. */
  expect_epoch?: string | null;
  /** For whoever is connected now: judged like any other, neither numbered nor stored. */
  ephemeral?: boolean;
  /** Asks the rules of the room of an API key too, as if `from` had sent it. */
  enforce?: boolean;
};

export type MessageThread = {
  message: Entry;
  /** The replies, ascending. What replies to one of them is its own thread. */
  data: Array<Entry>;
  has_more: boolean;
};

export type MintToken = {
  token: string;
  expires_at: string;
};

export type MintTokenGrantInput = {
  /** room_…, or ext: and your own id of the room. */
  room: string;
  can: Array<"read" | "send" | "signal">;
};

export type MintTokenRequest = {
  /** Whom it speaks for. Without one, and with rooms, it is an anonymous viewer of channels. */
  user?: string | null;
  /** The one device that may use it. */
  device?: string | null;
  ttl_s?: number;
  /** Narrows the user to these rooms, and opens those of type channel without membership. */
  rooms?: Array<MintTokenGrantInput> | null;
};

export type Moved = {
  id: string;
  status: "scheduled" | "queued" | "sending" | "sent" | "delivered" | "read" | "failed" | "canceled" | "expired" | "suppressed";
};

export type NewApiKey = {
  id: string;
  name: string;
  environment: "live" | "test";
  scopes: Array<string>;
  /** The key's last four characters. */
  ending: string;
  created_at: string;
  expires_at: string | null;
  revoked_at: string | null;
  /** When the key was last used, to about a minute. */
  last_used_at: string | null;
  /** The key. It is shown in this answer only. */
  key: string;
};

export type NewOperatorKey = {
  id: string;
  name: string;
  role: "metrics" | "viewer" | "operator" | "admin";
  /** The key's last four characters. */
  ending: string;
  created_at: string;
  expires_at: string | null;
  revoked_at: string | null;
  /** When the key was last used, to about a minute. */
  last_used_at: string | null;
  /** The key. It is shown in this answer only. */
  key: string;
};

export type NewSigningKey = {
  id: string;
  /** What a token's header names the key by. */
  kid: string;
  algorithm: "HS256" | "ES256" | "RS256" | "EdDSA";
  /** The public key in PEM; null for HS256. */
  public_key: string | null;
  created_at: string;
  /** The secret, if it was made here. It is shown in this answer only. Its UTF-8 bytes are the key of HS256: use the text as it stands. */
  secret: string | null;
};

export type NoCredentialsInput = Record<string, never>;

export type Notification = {
  id: string;
  status: "scheduled" | "queued" | "sending" | "sent" | "delivered" | "read" | "failed" | "canceled" | "expired" | "suppressed";
  group_id: string | null;
  /** As it was accepted, of several people this one; empty once the person was erased. Any JSON value; it comes back as the same text. */
  to: unknown;
  category: string | null;
  /** The user whose doing it is. */
  from: string | null;
  priority: "high" | "normal" | "low";
  send_at: string | null;
  expires_at: string | null;
  external_id: string | null;
  tags: Array<string>;
  /** Any JSON value; it comes back as the same text. */
  metadata: unknown;
  /** True once the content was erased. */
  erased: boolean;
  created_at: string;
  deliveries: Array<Delivery>;
};

export type NotificationInputInput = {
  to: RecipientInputInput;
  /** Ordered steps. Without it: webhook if to.webhook is given, otherwise email. */
  route?: Array<StepInputInput> | null;
  content?: ContentInputInput | null;
  category?: string | null;
  /** The user whose doing it is: nobody gets it who mutes or blocks them. */
  from?: string | null;
  priority?: "high" | "normal" | "low";
  /** Not before this time; at most 90 days ahead. */
  send_at?: string | null;
  /** What has not begun by then is not begun any more. */
  expires_at?: string | null;
  external_id?: string | null;
  tags?: Array<string>;
  /** Any JSON value; it comes back as the same text. At most 4096 bytes. */
  metadata?: unknown;
};

export type NotificationPage = {
  data: Array<Notification>;
  has_more: boolean;
  next_cursor: string | null;
};

export type NotifyInputInput = {
  /** Who has not read a message so many seconds after it was sent gets one notification, and no other until they have read. */
  after_s: number;
  /** As of a notification. Without it: email. */
  route?: Array<StepInputInput> | null;
  /** Your own words. In subject, text and html {count} stands for how many messages are unread, {room} for the room's name. */
  content?: ContentInputInput | null;
};

export type OpenInbound = {
  /** Give it to the provider. It is shown only here; whoever knows it may try to post events. Under CHATRELAY_PUBLIC_URL, or else as you have just called the relay. */
  url: string;
  /** What is still missing before events are taken: config.verification_key, config.topic_arn or credentials.webhook_signing_key. */
  needs: string | null;
};

export type OpenInboundRequest = {
  /** How long an earlier URL still works, in seconds; a day by default. */
  overlap_s?: number;
};

export type OperateQueueRequest = {
  /** Both environments of this tenant; without it, all tenants. */
  tenant?: string | null;
  channel?: "websocket" | "email" | "webhook" | null;
  provider?: string | null;
  endpoint?: string | null;
  tag?: string | null;
  /** Accepted at or after this time. */
  since?: string | null;
  /** Accepted before this time. */
  until?: string | null;
  /** Count only, and show ten of them. */
  dry_run?: boolean;
};

export type OperatorKey = {
  id: string;
  name: string;
  role: "metrics" | "viewer" | "operator" | "admin";
  /** The key's last four characters. */
  ending: string;
  created_at: string;
  expires_at: string | null;
  revoked_at: string | null;
  /** When the key was last used, to about a minute. */
  last_used_at: string | null;
};

export type OperatorKeyEndpointsRequest = {
  name: string;
  role: "metrics" | "viewer" | "operator" | "admin";
  expires_at?: string | null;
};

export type OperatorKeyPage = {
  data: Array<OperatorKey>;
  has_more: boolean;
  next_cursor: string | null;
};

export type OutboundAllowance = {
  /** A range of addresses. */
  cidr: string;
  /** Ports; none is every port. */
  ports: Array<number>;
  /** What may be called there. */
  use: "webhook" | "smtp" | "http";
};

export type OutboundAllowanceInput = {
  /** A range of addresses. */
  cidr: string;
  /** Ports; none is every port. */
  ports?: Array<number>;
  /** What may be called there. */
  use: "webhook" | "smtp" | "http";
};

export type OwnTenant = {
  id: string;
  environment: "live" | "test";
  name: string;
  external_id: string | null;
  allowed_origins: Array<string>;
  retention_days: number;
  created_at: string;
};

export type OwnTenantRequest = {
  name?: string | null;
  /** Origins from which browsers may open sockets; none is any. */
  allowed_origins?: Array<string> | null;
};

export type Pause = {
  paused: boolean;
  since: string | null;
  /** The operator who paused it, or `relay`: it found itself on a restored database. */
  by: string | null;
  /** When the restored database was last in use, until it is resumed. What was accepted before may have been sent since. */
  restored_as_of: string | null;
  /** What waits and is not held: it would be sent, now or at its time. While the relay is not at rest, as it was counted some seconds ago, without groups and sample; at rest, counted in full, and again when ten times as long has passed as that took. */
  deliveries: number;
  /** Of these, what was accepted before restored_as_of: perhaps it would be sent again. */
  again: number;
  /** The largest first, 100 at most. */
  groups: Array<PauseGroup>;
  more_groups: boolean;
  /** The first to go. */
  sample: Array<PauseWaiting>;
};

export type PauseGroup = {
  tenant: string;
  environment: string;
  channel: "websocket" | "email" | "webhook";
  deliveries: number;
  again: number;
  due: number;
  oldest_due_at: string;
};

export type PauseWaiting = {
  id: string;
  tenant: string;
  environment: string;
  channel: "websocket" | "email" | "webhook";
  accepted_at: string;
  due_at: string;
  attempts: number;
  again: boolean;
  /** An attempt was under way when the backup was taken, or its node died. */
  begun: boolean;
};

export type Pauses = {
  channels: Array<PausesChannel>;
  /** The first thousand. */
  tenants: Array<PausesTenant>;
};

export type PausesChannel = {
  name: "websocket" | "email" | "webhook";
  since: string;
  by: string;
};

export type PausesTenant = {
  id: string;
  name: string;
  since: string;
  by: string;
};

export type Pins = {
  data: Array<PinsPin>;
};

export type PinsPin = {
  message: Entry;
  /** Null where the tenant did. */
  pinned_by: string | null;
  seq: number;
  pinned_at: string;
};

export type PositionInput = {
  e: string;
  s: number;
};

export type PostmarkConfigInput = {
  /** Where its API is reached instead of at its public address: for tests and proxies. */
  base_url?: string | null;
  /** The server's own default without it. */
  message_stream?: string | null;
};

export type PostmarkCredentialsInput = {
  /** At most 512 bytes. */
  server_token: string;
};

export type Preferences = {
  categories: Record<string, PreferencesChannelWishes>;
  muted_rooms: Array<string>;
  muted_users: Array<string>;
};

export type PreferencesChannelWishes = {
  websocket: boolean | null;
  email: boolean | null;
  webhook: boolean | null;
};

export type PreferencesChannelWishesInput = {
  websocket?: boolean | null;
  email?: boolean | null;
  webhook?: boolean | null;
};

export type PreferencesPreferencesInputInput = {
  /** By category of a notification: the channels that the user switched on or off. */
  categories?: Record<string, PreferencesChannelWishesInput>;
  /** Each as room_…, or ext: and your own id. */
  muted_rooms?: Array<string>;
  muted_users?: Array<string>;
};

export type Preview = {
  steps: Array<PreviewPreviewStep>;
};

export type PreviewPreviewStep = {
  channel: "websocket" | "email" | "webhook";
  until: "accepted" | "delivered" | "read";
  within_s: number | null;
  on_unknown: "hold" | "retry" | "continue";
  /** The accounts that would be tried, in this order. */
  providers: Array<string>;
  /** The first of them sends nothing. */
  sandbox: boolean;
  url: string | null;
  /** The address gets no mail of this kind. */
  suppressed: boolean;
  suppressed_reason: "hard_bounce" | "complaint" | "unsubscribe" | "manual" | null;
  /** The mail's fields, to the first of several whose address is known, without copies that are suppressed; the id is made when it is sent. */
  mail: SandboxMail | null;
  /** The mail as it would go over the wire, before any signature of the account's. */
  rendered: PreviewRenderedMail | null;
};

export type PreviewRenderedMail = {
  /** Of the whole, in bytes. */
  size: number;
  /** In order and unfolded. */
  headers: Array<RenderedHeadHeader>;
  /** Its first 64 KiB: mostly all but what is attached. */
  mime: string;
};

/** Why a request was refused, as RFC 9457 has it. */
export type Problem = {
  /** A page that explains the code. */
  type: string;
  title: string;
  status: number;
  /** For people; it may change. */
  detail: string;
  /** For programs; it never changes. */
  code: "invalid_json" | "invalid_parameter" | "invalid_cursor" | "invalid_idempotency_key" | "unauthorized" | "key_expired" | "key_revoked" | "missing_scope" | "tenant_suspended" | "blocked" | "forbidden" | "not_found" | "method_not_allowed" | "conflict" | "idempotency_in_progress" | "gone" | "precondition_failed" | "payload_too_large" | "uri_too_long" | "unsupported_media_type" | "validation_failed" | "idempotency_key_reused" | "no_provider" | "destination_forbidden" | "sender_not_allowed" | "rate_limited" | "quota_exceeded" | "backlog_full" | "headers_too_large" | "internal" | "unavailable";
  /** Finds the request in the log; also in the Request-Id header. */
  request_id: string;
  /** Whether the same request may succeed later. */
  retryable: boolean;
};

export type Provider = {
  id: string;
  channel: "websocket" | "email" | "webhook";
  type: "smtp" | "sendgrid" | "postmark" | "mailgun" | "ses" | "sandbox";
  name: string;
  priority: number;
  /** enabled, paused or disabled: what you, or the relay, have set. */
  status: "enabled" | "paused" | "disabled";
  /** auth_failed: the provider refused the credentials, and the relay paused the account. replaced: the sandbox of a live environment, once there was another account. */
  status_reason: string | null;
  /** open: it failed too often, and nothing is sent through it for a while. degraded: it is tried again, a few mails at a time. */
  health: "healthy" | "degraded" | "open" | "paused" | "disabled";
  /** It sends nothing. */
  sandbox: boolean;
  from: ProviderSender | null;
  /** The members of its type. Any JSON value; it comes back as the same text. */
  config: unknown;
  /** The last characters of each: at most four, and at most a third. */
  credentials: Record<string, string>;
  /** ready: it is told what became of its mail. incomplete: there is an inbound URL, but what verifies its events is missing. A step can wait for delivered only through an account that is ready. */
  inbound: "off" | "incomplete" | "ready";
  max_rate_per_s: number | null;
  daily_quota: number | null;
  /** How many mails it took today (UTC); null without a quota. */
  taken_today: number | null;
  created_at: string;
  updated_at: string;
};

export type ProviderInputInput = ProviderInputSmtpInput | ProviderInputSendgridInput | ProviderInputPostmarkInput | ProviderInputMailgunInput | ProviderInputSesInput | ProviderInputSandboxInput;

export type ProviderInputMailgunInput = {
  type: "mailgun";
  /** email: the only channel with accounts. */
  channel?: "websocket" | "email" | "webhook";
  name: string;
  /** The lowest is tried first. */
  priority?: number;
  /** Who mail is from unless it says so itself. Mail may be from this domain only. */
  from?: MailboxInputInput | null;
  /** The most mails a second, over all nodes; more wait, or go to the next account. */
  max_rate_per_s?: number | null;
  /** The most mails a day (UTC); more go to the next account, or wait for the next day. */
  daily_quota?: number | null;
  config: MailgunConfigInput;
  credentials: MailgunCredentialsInput;
};

export type ProviderInputPostmarkInput = {
  type: "postmark";
  /** email: the only channel with accounts. */
  channel?: "websocket" | "email" | "webhook";
  name: string;
  /** The lowest is tried first. */
  priority?: number;
  /** Who mail is from unless it says so itself. Mail may be from this domain only. */
  from?: MailboxInputInput | null;
  /** The most mails a second, over all nodes; more wait, or go to the next account. */
  max_rate_per_s?: number | null;
  /** The most mails a day (UTC); more go to the next account, or wait for the next day. */
  daily_quota?: number | null;
  config?: PostmarkConfigInput;
  credentials: PostmarkCredentialsInput;
};

export type ProviderInputSandboxInput = {
  type: "sandbox";
  /** email: the only channel with accounts. */
  channel?: "websocket" | "email" | "webhook";
  name: string;
  /** The lowest is tried first. */
  priority?: number;
  /** Who mail is from unless it says so itself. Mail may be from this domain only. */
  from?: MailboxInputInput | null;
  /** The most mails a second, over all nodes; more wait, or go to the next account. */
  max_rate_per_s?: number | null;
  /** The most mails a day (UTC); more go to the next account, or wait for the next day. */
  daily_quota?: number | null;
  config?: SandboxConfigInput;
  credentials?: NoCredentialsInput;
};

export type ProviderInputSendgridInput = {
  type: "sendgrid";
  /** email: the only channel with accounts. */
  channel?: "websocket" | "email" | "webhook";
  name: string;
  /** The lowest is tried first. */
  priority?: number;
  /** Who mail is from unless it says so itself. Mail may be from this domain only. */
  from?: MailboxInputInput | null;
  /** The most mails a second, over all nodes; more wait, or go to the next account. */
  max_rate_per_s?: number | null;
  /** The most mails a day (UTC); more go to the next account, or wait for the next day. */
  daily_quota?: number | null;
  config?: SendgridConfigInput;
  credentials: ApiKeyCredentialsInput;
};

export type ProviderInputSesInput = {
  type: "ses";
  /** email: the only channel with accounts. */
  channel?: "websocket" | "email" | "webhook";
  name: string;
  /** The lowest is tried first. */
  priority?: number;
  /** Who mail is from unless it says so itself. Mail may be from this domain only. */
  from?: MailboxInputInput | null;
  /** The most mails a second, over all nodes; more wait, or go to the next account. */
  max_rate_per_s?: number | null;
  /** The most mails a day (UTC); more go to the next account, or wait for the next day. */
  daily_quota?: number | null;
  config: SesConfigInput;
  credentials: SesCredentialsInput;
};

export type ProviderInputSmtpInput = {
  type: "smtp";
  /** email: the only channel with accounts. */
  channel?: "websocket" | "email" | "webhook";
  name: string;
  /** The lowest is tried first. */
  priority?: number;
  /** Who mail is from unless it says so itself. Mail may be from this domain only. */
  from?: MailboxInputInput | null;
  /** The most mails a second, over all nodes; more wait, or go to the next account. */
  max_rate_per_s?: number | null;
  /** The most mails a day (UTC); more go to the next account, or wait for the next day. */
  daily_quota?: number | null;
  config: SmtpConfigInput;
  credentials?: SmtpCredentialsInput;
};

export type ProviderPage = {
  data: Array<Provider>;
  has_more: boolean;
  next_cursor: string | null;
};

export type ProviderSender = {
  email: string;
  name: string | null;
};

export type PublicKeys = {
  keys: Array<PublicKeysKey>;
};

export type PublicKeysKey = {
  kty: string;
  crv: string;
  x: string;
  kid: string;
  alg: string;
  use: string;
};

export type PublishEvent = {
  id: string;
  duplicate: boolean;
};

export type PublishEventRequest = {
  /** Words of letters, digits, - and _, with dots between them. Those that begin like the relay's own are not yours. */
  type: string;
  /** Your own customer: only this customer's endpoints get it. Without one it goes to endpoints without one. */
  account?: string | null;
  /** Your own end user that it is about: POST /v1/erasures finds it by this. */
  user?: string | null;
  /** What happened. It comes to endpoints as the same text. Any JSON value; it comes back as the same text. At most 65536 bytes. */
  data: unknown;
  /** Ordered endpoints get the events of one key one at a time, in order. */
  ordering_key?: string | null;
  /** Your own id for this event: published again under it, it is the same event. */
  client_id?: string | null;
};

export type PutUserRequest = {
  display_name?: string | null;
  avatar_url?: string | null;
  /** Where mail goes to that names only the user. */
  email?: string | null;
  phone?: string | null;
  locale?: string | null;
  /** An IANA name, such as Europe/London. */
  time_zone?: string | null;
  /** Any JSON value; it comes back as the same text. At most 4096 bytes. */
  metadata?: unknown;
};

export type ReactRequest = {
  /** An emoji, or a word of yours. A user has each key once on a message. */
  key?: string | null;
  /** In encrypted rooms. To take it back, the same again. */
  encrypted?: SealedInputInput | null;
  /** Whose, by an API key. A user's token is its own user's. */
  from?: string | null;
  /** Asks the rules of the room of an API key too. */
  enforce?: boolean;
};

export type ReadGroup = {
  id: string;
  room: string | null;
  status: "making" | "made" | "canceled";
  /** How many notifications there are. GET /v1/notifications?group= lists them. */
  made: number;
  /** Why no more are made at the moment, such as no_provider or backlog_full. */
  waits_for: string | null;
  created_at: string;
  ended_at: string | null;
};

export type ReadPresence = {
  user: string;
  /** invisible is shown to the user alone; to others it is offline. */
  status: "offline" | "online" | "away" | "dnd" | "invisible";
  /** What the user says about it; null for who is offline. */
  text: string | null;
  /** When others saw the user for the last time. null while they do, and for who was never seen. */
  last_seen_at: string | null;
};

export type ReadPresenceFound = {
  data: Array<ReadPresence>;
};

export type ReadPresenceRequest = {
  /** The answer has them in this order. */
  users: Array<string>;
};

export type ReadWebhookSecret = {
  origin: string;
  secret: string;
};

export type ReceiveEvents = {
  /** How many of them are about mail of this relay and mean something to it; the others were passed over. */
  events: number;
};

export type RecipientInputInput = {
  user?: string | null;
  email?: string | null;
  webhook?: WebhookTargetInput | null;
  /** One notification for each, under one grp_ id. */
  users?: Array<string> | null;
  /** room_…, or ext: and your own id: one notification for each member, under one grp_ id. They are made after the answer. */
  room?: string | null;
  /** Members of the room who get none. */
  except?: Array<string> | null;
};

export type RenderedHeadHeader = {
  name: string;
  value: string;
};

export type Repeated = {
  /** The notification; null for an event's delivery, which has none. */
  id: string | null;
  status: "scheduled" | "queued" | "sending" | "sent" | "delivered" | "read" | "failed" | "canceled" | "expired" | "suppressed";
  /** The new deliveries, in the order of the route. */
  deliveries: Array<string>;
};

export type ReplayDeliveriesRequest = {
  since: string;
  until: string;
  channel?: "websocket" | "email" | "webhook" | null;
  provider?: string | null;
  endpoint?: string | null;
  /** How their last attempt ended. */
  outcome?: "ok" | "http_error" | "rate_limited" | "timeout" | "dns_error" | "connection_error" | "tls_error" | "blocked_address" | "auth_failed" | "quota" | "invalid_recipient" | "provider_rejected" | "protocol_error" | "worker_lost" | null;
  /** Count only, and show ten of them. */
  dry_run?: boolean;
};

export type ReplayEndpointCancelRequest = {
  /** Count only. */
  dry_run?: boolean;
};

export type ReplayEndpointRequest = {
  /** Happened at or after this time. */
  since: string;
  /** Happened before this time. */
  until: string;
  event_types?: Array<string> | null;
  /** How their last attempt ended; ok for those that were taken. Without it everything that did not get through: failed, canceled, expired, or left out while the endpoint was paused or disabled. */
  outcome?: "ok" | "http_error" | "rate_limited" | "timeout" | "dns_error" | "connection_error" | "tls_error" | "blocked_address" | "auth_failed" | "quota" | "invalid_recipient" | "provider_rejected" | "protocol_error" | "worker_lost" | null;
  /** Count only. */
  dry_run?: boolean;
};

export type RequestErasureRequest = {
  /** The end user, by your own id. */
  user?: string | null;
  /** Or a mail address, in capital or small letters. */
  email?: string | null;
  /** Or one event of your own: its data is gone from the log and from what is sent later. */
  event?: string | null;
};

export type RescheduleRequest = {
  /** The new time; null is now. */
  send_at: string | null;
};

export type RevokeTokensRequest = {
  /** All tokens of this user that were issued before. */
  user?: string | null;
  /** The one token with this id. */
  jti?: string | null;
};

export type RollApiKeyRequest = {
  /** How long the old key still works, in seconds; a day by default. */
  overlap_s?: number;
};

export type Room = {
  id: string;
  external_id: string | null;
  type: "direct" | "group" | "channel" | "support";
  name: string | null;
  /** Any JSON value; it comes back as the same text. */
  metadata: unknown;
  max_members: number;
  write: "members" | "admins" | "tenant";
  history: "all" | "since_join";
  encrypted: boolean;
  retention_days: number | null;
  message_ttl_s: number | null;
  /** How members are told who have not read. Not for users. Any JSON value; it comes back as the same text. */
  notify: unknown;
  created_at: string;
  updated_at: string;
};

export type RoomInputInput = {
  /** Yours, and unique among your rooms. Paths take it as ext:…. */
  external_id?: string | null;
  type?: "direct" | "group" | "channel" | "support";
  name?: string | null;
  /** Any JSON value; it comes back as the same text. At most 4096 bytes. */
  metadata?: unknown;
  members?: Array<MemberInputInput> | null;
  max_members?: number | null;
  write?: "members" | "admins" | "tenant";
  history?: "all" | "since_join";
  /** For good: such a room refuses everything plain. */
  encrypted?: boolean;
  retention_days?: number | null;
  /** Messages expire so many seconds after they were sent. */
  message_ttl_s?: number | null;
  /** Members who have not read get one notification, not one for every message. */
  notify?: NotifyInputInput | null;
};

export type RoomPage = {
  data: Array<Room>;
  has_more: boolean;
  next_cursor: string | null;
};

export type Sampled = {
  delivery: string;
  tenant: string;
  environment: "live" | "test";
};

export type SandboxConfigInput = Record<string, never>;

export type SandboxEmail = {
  id: string;
  delivery_id: string;
  sandbox: boolean;
  /** The mail's fields as a provider would have got them. Any JSON value; it comes back as the same text. */
  mail: unknown;
  /** Of the rendered mail, in bytes; null when it was erased. */
  size: number | null;
  created_at: string;
};

export type SandboxEmailPage = {
  data: Array<SandboxEmail>;
  has_more: boolean;
  next_cursor: string | null;
};

export type SandboxMail = {
  message_id: string;
  from: SandboxMailBox;
  to: SandboxMailBox;
  cc: Array<SandboxMailBox>;
  bcc: Array<SandboxMailBox>;
  reply_to: Array<SandboxMailBox>;
  subject: string;
  text: string | null;
  html: string | null;
  headers: Record<string, string>;
  attachments: Array<SandboxMailFile>;
};

export type SandboxMailBox = {
  email: string;
  name: string | null;
};

export type SandboxMailFile = {
  filename: string;
  content_type: string;
  bytes: number;
  content_id: string | null;
};

export type SealedInputInput = {
  alg: string;
  /** At most 65536 bytes. */
  ciphertext: string;
  /** At most 256 bytes. */
  nonce?: string | null;
  key_version?: string | null;
  /** Any JSON value; it comes back as the same text. At most 4096 bytes. */
  header?: unknown;
};

export type SearchMessages = {
  data: Array<Entry>;
  has_more: boolean;
};

export type SendBatch = {
  data: Array<SendBatchItem>;
};

export type SendBatchItem = {
  index: number;
  id: string | null;
  status: "scheduled" | "queued" | "sending" | "sent" | "delivered" | "read" | "failed" | "canceled" | "expired" | "suppressed" | null;
  problem: SendBatchItemProblem | null;
};

export type SendBatchItemFault = {
  pointer: string;
  code: string;
  detail: string;
};

export type SendBatchItemProblem = {
  code: string;
  detail: string;
  errors: Array<SendBatchItemFault>;
};

export type SendBatchRequest = {
  /** Each as the body of POST /v1/notifications, to one recipient. */
  notifications: Array<unknown>;
  /** independent: the good ones are accepted. all_or_nothing: one wrong one refuses them all. */
  mode?: "independent" | "all_or_nothing";
};

export type SendManyBatch = {
  data: Array<SendManySentItem>;
};

export type SendManyBatchRequest = {
  /** Each as the body of POST /v1/rooms/{room}/messages, without expect_seq. */
  messages: Array<MessageInputInput>;
};

export type SendManyMulti = {
  data: Array<SendManyMultiItem>;
};

export type SendManyMultiItem = {
  room: string;
  result: SendManySentItem;
};

export type SendManyMultiRequest = {
  /** Each as room_…, or ext: and your own id. */
  rooms: Array<string>;
  /** As the body of POST /v1/rooms/{room}/messages, without expect_seq. */
  message: MessageInputInput;
};

export type SendManyRefusedItem = {
  code: string;
  detail: string;
};

export type SendManySentItem = {
  id: string | null;
  seq: number | null;
  epoch: string | null;
  created_at: string | null;
  duplicate: boolean | null;
  problem: SendManyRefusedItem | null;
};

export type Sender = {
  user: string | null;
  device: string | null;
  via: string | null;
};

export type SendgridConfigInput = {
  /** Where its API is reached instead of at its public address: for tests and proxies. */
  base_url?: string | null;
  region?: "global" | "eu";
  /** The Verification Key of its signed event webhook: a public key, as SendGrid shows it. For inbound events. */
  verification_key?: string | null;
};

export type Sent = {
  id: string;
  /** The durable acknowledgement; null for an ephemeral message. */
  seq: number | null;
  epoch: string;
  created_at: string;
  /** It was sent before, under the same client_id. */
  duplicate: boolean;
};

export type SesConfigInput = {
  /** Where its API is reached instead of at its public address: for tests and proxies. */
  base_url?: string | null;
  region: string;
  configuration_set?: string | null;
  /** The topic that the configuration set publishes its events to. For inbound events. */
  topic_arn?: string | null;
};

export type SesCredentialsInput = {
  access_key_id: string;
  /** At most 512 bytes. */
  secret_access_key: string;
  /** At most 4096 bytes. */
  session_token?: string | null;
};

export type SettingsChangeInput = {
  /** 7, 30, 90 or 365. */
  retention_days?: number | null;
  requests_per_s?: number | null;
  request_burst?: number | null;
  max_waiting?: number | null;
  /** 0 is no limit. */
  recipient_per_hour?: number | null;
  /** 0 is no limit. */
  recipient_per_day?: number | null;
  outbound_allow?: Array<OutboundAllowanceInput> | null;
};

export type SigningKey = {
  id: string;
  /** What a token's header names the key by. */
  kid: string;
  algorithm: "HS256" | "ES256" | "RS256" | "EdDSA";
  /** The public key in PEM; null for HS256. */
  public_key: string | null;
  created_at: string;
};

export type SigningKeyPage = {
  data: Array<SigningKey>;
  has_more: boolean;
  next_cursor: string | null;
};

export type SmtpConfigInput = {
  /** A name, or an address. */
  host: string;
  /** 25, 465, 587 or 2525; others only where an operator has opened them. */
  port?: number;
  /** none only where an operator has opened the address. */
  security?: "starttls" | "tls" | "none";
  auth?: "plain" | "login" | "none";
  dkim?: DkimConfigInput | null;
};

export type SmtpCredentialsInput = {
  username?: string | null;
  password?: string | null;
  /** An RSA key of 1024 to 4096 bits, as PEM. */
  dkim_private_key?: string | null;
};

export type StepInputInput = {
  channel: "websocket" | "email" | "webhook";
  /** What the step must reach: accepted, delivered or read. The default depends on the channel. */
  until?: "accepted" | "delivered" | "read" | null;
  /** How long the step has, counted from its beginning. A websocket step has 30 s when another follows. */
  within_s?: number | null;
  /** Websocket only: leave the step out when the user is, or is not, connected as it begins. */
  skip_if?: "never" | "online" | "offline" | null;
  providers?: Array<string> | null;
  /** What follows when a mail may have gone out and nobody answered for it. */
  on_unknown?: "hold" | "retry" | "continue";
  /** Laid over the common content, member by member. */
  content?: ContentInputInput | null;
};

export type Suppression = {
  id: string;
  /** Null once the person was erased: the suppression still holds. */
  email: string | null;
  /** What mail it does not get. */
  stream: "all" | "broadcast";
  reason: "hard_bounce" | "complaint" | "unsubscribe" | "manual";
  /** The delivery that brought it about. */
  delivery_id: string | null;
  /** A key's id, relay for what a provider told, or recipient for who left by himself. */
  created_by: string;
  created_at: string;
  /** Null: it does not end. */
  expires_at: string | null;
};

export type SuppressionEndpointsBatch = {
  /** In the order of the request; those that were there already as they are now. */
  data: Array<Suppression>;
};

export type SuppressionEndpointsBatchInput = {
  suppressions: Array<SuppressionInputInput>;
};

export type SuppressionInputInput = {
  email: string;
  /** manual and hard_bounce hold for all streams, complaint and unsubscribe for broadcast. */
  reason?: "hard_bounce" | "complaint" | "unsubscribe" | "manual";
  /** Follows from the reason; given, it has to be the same. */
  stream?: "all" | "broadcast" | null;
  /** Without it, it does not end. */
  expires_at?: string | null;
};

export type SuppressionPage = {
  data: Array<Suppression>;
  has_more: boolean;
  next_cursor: string | null;
};

export type Tenant = {
  id: string;
  name: string;
  external_id: string | null;
  status: "active" | "suspended" | "deleting";
  settings: TenantSettings;
  created_at: string;
};

export type TenantPage = {
  data: Array<Tenant>;
  has_more: boolean;
  next_cursor: string | null;
};

export type TenantSettings = {
  /** How long content, attempts and history are kept: 7, 30, 90 or 365 days. */
  retention_days: number;
  requests_per_s: number | null;
  request_burst: number | null;
  /** How many deliveries may wait before sending is answered 429 backlog_full. */
  max_waiting: number | null;
  /** How many mails an address gets at most in an hour; more are suppressed as recipient_cap. 0 is no limit. */
  recipient_per_hour: number | null;
  /** The same for a day (UTC). */
  recipient_per_day: number | null;
  /** Ranges that this tenant's webhooks, SMTP and HTTP providers may reach beyond the public internet. */
  outbound_allow: Array<OutboundAllowance>;
};

export type TestEvent = {
  event_id: string;
  delivery_id: string;
};

export type TestProvider = {
  outcome: "ok" | "http_error" | "rate_limited" | "timeout" | "dns_error" | "connection_error" | "tls_error" | "blocked_address" | "auth_failed" | "quota" | "invalid_recipient" | "provider_rejected" | "protocol_error" | "worker_lost";
  /** It may have gone out although nobody answered for it. */
  maybe_sent: boolean;
  /** The account sends nothing: the mail is at /v1/sandbox/emails. */
  sandbox: boolean;
  duration_ms: number;
  detail: string | null;
  response_status: number | null;
  /** Names and values as they came. Any JSON value; it comes back as the same text. */
  response_headers: unknown;
  /** The first 16 KiB, read as UTF-8; what is none is replaced. */
  response_body: string | null;
  provider_message_id: string | null;
};

export type TestProviderRequest = {
  to: string;
};

export type Timeline = {
  data: Array<TimelineEntry>;
};

export type TimelineEntry = {
  at: string;
  /** accepted, cancel_asked, step_begun, attempt or step_ended; and what the provider told of a mail: delivered, bounced, complained, opened, clicked, unsubscribed; what was done with it on a screen: acked, read, archived. */
  type: string;
  delivery_id: string | null;
  channel: "websocket" | "email" | "webhook" | null;
  attempt: number | null;
  outcome: "ok" | "http_error" | "rate_limited" | "timeout" | "dns_error" | "connection_error" | "tls_error" | "blocked_address" | "auth_failed" | "quota" | "invalid_recipient" | "provider_rejected" | "protocol_error" | "worker_lost" | null;
  status: "waiting" | "queued" | "sending" | "retrying" | "held" | "sent" | "delivered" | "read" | "bounced" | "failed" | "skipped" | "suppressed" | "canceled" | "expired" | "quarantined" | null;
  /** Of step_begun: first_step, asked_again, or earlier_step_ and how the one before stands. Of step_ended and of a step that was left out: why, as the delivery's reason. */
  reason: string | null;
  /** Told of a mail only: it is about somebody in cc or bcc, and moves nothing. */
  copy: boolean | null;
  /** Of a bounce: there is no such mailbox or domain. Other bounces are refusals of this mail. */
  hard: boolean | null;
  /** In the far end's words; of acked, the device. */
  detail: string | null;
};

export type UsageUsage = {
  data: Array<UsageUsageRow>;
};

export type UsageUsageRow = {
  /** The day, in UTC. */
  day: string;
  /** What was counted, such as requests. */
  metric: string;
  amount: number;
};

export type User = {
  id: string;
  display_name: string | null;
  avatar_url: string | null;
  email: string | null;
  phone: string | null;
  locale: string | null;
  time_zone: string | null;
  /** Any JSON value; it comes back as the same text. */
  metadata: unknown;
  created_at: string;
  updated_at: string;
};

/** A refusal that lists every fault of the body. */
export type ValidationProblem = {
  /** A page that explains the code. */
  type: string;
  title: string;
  status: number;
  /** For people; it may change. */
  detail: string;
  /** For programs; it never changes. */
  code: "invalid_json" | "invalid_parameter" | "invalid_cursor" | "invalid_idempotency_key" | "unauthorized" | "key_expired" | "key_revoked" | "missing_scope" | "tenant_suspended" | "blocked" | "forbidden" | "not_found" | "method_not_allowed" | "conflict" | "idempotency_in_progress" | "gone" | "precondition_failed" | "payload_too_large" | "uri_too_long" | "unsupported_media_type" | "validation_failed" | "idempotency_key_reused" | "no_provider" | "destination_forbidden" | "sender_not_allowed" | "rate_limited" | "quota_exceeded" | "backlog_full" | "headers_too_large" | "internal" | "unavailable";
  /** Finds the request in the log; also in the Request-Id header. */
  request_id: string;
  /** Whether the same request may succeed later. */
  retryable: boolean;
  /** All faults at once; empty when the code itself says it. */
  errors: Array<Fault>;
};

export type WebhookTargetInput = {
  endpoint?: string | null;
  url?: string | null;
};

export type Why = {
  id: string;
  status: "waiting" | "queued" | "sending" | "retrying" | "held" | "sent" | "delivered" | "read" | "bounced" | "failed" | "skipped" | "suppressed" | "canceled" | "expired" | "quarantined";
  waits_for: "nothing" | "schedule" | "fair_share" | "rate" | "breaker" | "hold" | "report" | "earlier_step" | "provider" | "order" | "recipient" | "pause";
  until: string | null;
  detail: string;
};
