//! What the document says about each route, in words. One entry per route: the compiler asks for a missing one.

use super::super::table::Name;
use super::{Types, number};
use crane_shared::api;
use utoipa::PartialSchema;
use utoipa::openapi::schema::{AdditionalProperties, ObjectBuilder, Type};
use utoipa::openapi::{RefOr, Schema};

/// Where a parameter stands.
pub(super) enum Place {
    Query,
    Header,
}

/// Media type and type of a body.
type Content = Option<(&'static str, RefOr<Schema>)>;
/// Status, words, and what comes with them.
type Said = (&'static str, &'static str, Content);

/// The words for one route.
pub(super) struct Entry {
    pub(super) tag: &'static str,
    pub(super) summary: &'static str,
    pub(super) more: &'static str,
    /// What `{id}` takes.
    pub(super) id: &'static str,
    pub(super) parameters: Vec<(&'static str, Place, RefOr<Schema>, &'static str)>,
    pub(super) body: Option<RefOr<Schema>>,
    pub(super) answers: Vec<Said>,
}

impl Entry {
    fn new(tag: &'static str, summary: &'static str) -> Self {
        let id = match tag {
            "nodes" => "Id or name of a node.",
            "containers" => "Id, unambiguous beginning of an id (at least 4 digits), or name of a container.",
            "services" => "Id or name of a service.",
            _ => "Id.",
        };
        Self {
            tag,
            summary,
            more: "",
            id,
            parameters: Vec::new(),
            body: None,
            answers: Vec::new(),
        }
    }

    const fn more(mut self, text: &'static str) -> Self {
        self.more = text;
        self
    }

    fn query(mut self, name: &'static str, schema: RefOr<Schema>, text: &'static str) -> Self {
        self.parameters.push((name, Place::Query, schema, text));
        self
    }

    fn header(mut self, name: &'static str, text: &'static str) -> Self {
        self.parameters.push((name, Place::Header, String::schema(), text));
        self
    }

    fn takes(mut self, schema: RefOr<Schema>) -> Self {
        self.body = Some(schema);
        self
    }

    fn gives(self, schema: RefOr<Schema>) -> Self {
        self.says("200", "", Some(("application/json", schema)))
    }

    fn makes(self, schema: RefOr<Schema>) -> Self {
        self.says("201", "Made.", Some(("application/json", schema)))
    }

    fn done(self) -> Self {
        self.says("204", "Done.", None)
    }

    fn text(self, media: &'static str) -> Self {
        self.says("200", "", Some((media, String::schema())))
    }

    fn says(mut self, status: &'static str, text: &'static str, content: Content) -> Self {
        self.answers
            .push((status, if text.is_empty() { "Here it is." } else { text }, content));
        self
    }

    fn range(self) -> Self {
        self.query(
            "minutes",
            number(1, 527_040),
            "How far back; 60 when left out, at most 366 days.",
        )
        .query(
            "points",
            number(1, 2_000),
            "How many points at most; 300 when left out.",
        )
    }
}

/// The entry of `name`.
pub(super) fn entry(name: Name, types: &mut Types) -> Entry {
    match name {
        Name::SetupState => Entry::new("access", "Whether a first administrator is wanted").gives(types.one::<api::SetupState>()),
        Name::Setup => Entry::new("access", "Make the first administrator and sign in")
            .more("Takes the one-time code of the set-up link. Succeeds once; afterwards 410 `setup_done`. Sets the cookie `__Host-crane`.")
            .takes(types.one::<api::Setup>())
            .makes(types.one::<api::Session>()),
        Name::Login => Entry::new("access", "Sign in")
            .more("Sets the cookie `__Host-crane`. A wrong e-mail address and a wrong password are the same 401 `wrong_login`; too many tries are 429 with `Retry-After`.")
            .takes(types.one::<api::Login>())
            .gives(types.one::<api::Session>()),
        Name::Logout => Entry::new("access", "Sign out").done(),
        Name::Session => Entry::new("access", "Who am I").gives(types.one::<api::Session>()),
        Name::Tokens => Entry::new("access", "API tokens")
            .more("Your own; an administrator sees everybody's.")
            .gives(types.list::<api::ApiToken>()),
        Name::MakeToken => Entry::new("access", "Make an API token")
            .more("The answer is the only time its secret is shown. Not for API tokens themselves.")
            .takes(types.one::<api::ApiTokenWish>())
            .makes(types.one::<api::NewApiToken>()),
        Name::RevokeToken => Entry::new("access", "Revoke an API token").done(),
        Name::JoinTokens => Entry::new("nodes", "Join tokens").gives(types.list::<api::JoinToken>()),
        Name::MakeJoinToken => Entry::new("nodes", "Make a join token")
            .more("The answer is the only time its secret is shown. `command` is the whole line to paste on the host.")
            .takes(types.one::<api::JoinTokenWish>())
            .makes(types.one::<api::NewJoinToken>()),
        Name::RevokeJoinToken => with_id(Entry::new("nodes", "Revoke a join token").done(), "Id of a join token."),
        Name::Overview => Entry::new("cluster", "How is everything").gives(types.one::<api::Overview>()),
        Name::System => Entry::new("cluster", "About this manager").gives(types.one::<api::SystemInfo>()),
        Name::Nodes => Entry::new("nodes", "Nodes").gives(types.list::<api::Node>()),
        Name::Node => Entry::new("nodes", "One node").gives(types.one::<api::Node>()),
        Name::RemoveNode => Entry::new("nodes", "Remove a node")
            .more("Its key is refused from now on and its streams end within a second. Its containers go on.")
            .done(),
        Name::NodeImages => Entry::new("nodes", "Images on a node").gives(types.list::<api::Image>()),
        Name::NodeNetworks => Entry::new("nodes", "Networks of a node").gives(types.list::<api::Network>()),
        Name::NodeVolumes => Entry::new("nodes", "Volumes on a node").gives(types.list::<api::Volume>()),
        Name::NodeDoctor => Entry::new("nodes", "Is anything wrong with a node").gives(types.list::<api::Finding>()),
        Name::NodeSeries => Entry::new("nodes", "History of a node").range().gives(types.one::<api::Series>()),
        Name::Containers => Entry::new("containers", "Containers")
            .query("node", String::schema(), "Only on this node, by name or id.")
            .query("service", String::schema(), "Only of this service, by name or id.")
            .query("stack", String::schema(), "Only of this stack.")
            .query("state", String::schema(), "Only in this state, e.g. `running`.")
            .query("q", String::schema(), "Only with this text in name, image or id.")
            .query("after", String::schema(), "`next` of the page before.")
            .query("limit", number(1, 1_000), "How many at most; 200 when left out.")
            .gives(types.list::<api::Container>()),
        Name::Container => Entry::new("containers", "One container").gives(types.one::<api::Container>()),
        Name::ContainerInspect => Entry::new("containers", "What the engine knows of a container")
            .more("As `docker inspect` prints it, untouched. Needs the operator's rights, because environment variables often hold secrets.")
            .gives(
                ObjectBuilder::new()
                    .schema_type(Type::Object)
                    .additional_properties(Some(AdditionalProperties::FreeForm(true)))
                    .into(),
            ),
        Name::ContainerChanges => Entry::new("containers", "What a container changed in its file system")
            .gives(types.list::<api::ContainerChange>()),
        Name::ContainerSeries => Entry::new("containers", "History of a container").range().gives(types.one::<api::Series>()),
        Name::ContainerLogs => Entry::new("containers", "Log of a container")
            .more("Upgraded: a WebSocket, each text message one `LogMessage` (lines that came within 16 ms are one message, at most about 64 KiB). Not upgraded: one `LogMessage` per line. A slow reader slows the reading down, nothing is skipped; what was lost on the host is declared as a gap.")
            .query("tail", number(0, 1_000_000), "Begin with the last so many lines; the whole log when nothing is said.")
            .query("since", String::schema(), "Begin at this moment, RFC 3339.")
            .query("after", String::schema(), "Begin exactly behind a `cursor`.")
            .query("follow", bool::schema(), "Stay and wait for more; true when upgraded, else false.")
            .says("101", "A WebSocket of `LogMessage`.", None)
            .says("200", "JSON lines.", Some(("application/x-ndjson", types.one::<api::LogMessage>()))),
        Name::ContainerExec => {
            let control = types.one::<api::ExecControl>();
            let status = types.one::<api::ExecStatus>();
            Entry::new("containers", "Run a process in a container")
                .more("A WebSocket. The client's first message is `ExecControl` `start`; its binary messages are standard input, at most 64 KiB each. Binary messages from the manager are output: the first byte says 1 for stdout, 2 for stderr. Closing the socket hangs up.")
                .says("101", "A WebSocket: `ExecControl` and input go in, `ExecStatus` and output come out.", None)
                .says("200", "Never sent: the types of the text messages, in and out.", Some(("application/json", pair(control, status))))
        }
        Name::Services => Entry::new("services", "Services of the Swarm").gives(types.list::<api::Service>()),
        Name::ServiceTasks => Entry::new("services", "Tasks of a service").gives(types.list::<api::Task>()),
        Name::Feed => Entry::new("cluster", "Changes as they happen")
            .more("Server-sent events; `data` is a `Feed`, `id` the version of the picture. Give the last one back as `Last-Event-ID` to miss nothing. A comment comes every 15 s.")
            .header("Last-Event-ID", "Version that you have.")
            .says("200", "Server-sent events of `Feed`.", Some(("text/event-stream", types.one::<api::Feed>()))),
        Name::Stats => Entry::new("cluster", "Live figures")
            .more("Server-sent events, one a second for each node that is watched; `data` is a `LiveFrame`. `node` and `container` may be given several times, together at most 64 nodes; with neither, all nodes that are connected at this moment. A comment comes every 15 s.")
            .query("node", String::schema(), "Watch this node and all its containers.")
            .query("container", String::schema(), "Watch this container and its node.")
            .says("200", "Server-sent events of `LiveFrame`.", Some(("text/event-stream", types.one::<api::LiveFrame>()))),
        Name::AuditRecord => Entry::new("access", "Who did what")
            .query("after", String::schema(), "`next` of the page before.")
            .query("limit", number(1, 1_000), "How many at most; 100 when left out.")
            .gives(types.list::<api::AuditEntry>()),
        Name::OpenApi => Entry::new("about", "This document").gives(
            ObjectBuilder::new()
                .schema_type(Type::Object)
                .additional_properties(Some(AdditionalProperties::FreeForm(true)))
                .into(),
        ),
        Name::Healthz => Entry::new("about", "The process is alive").text("text/plain"),
        Name::Readyz => Entry::new("about", "It can serve: the store answers").text("text/plain"),
        Name::Metrics => Entry::new("about", "What the manager counts about itself, for Prometheus").text("text/plain"),
        Name::InstallScript => Entry::new("about", "The installer for a host").text("text/x-shellscript"),
        Name::AgentBinary => Entry::new("about", "The agent's program").text("application/octet-stream"),
        Name::AgentChecksum => Entry::new("about", "SHA-256 of the agent's program, as `sha256sum` writes it").text("text/plain"),
        Name::Web => Entry::new("about", "The dashboard").text("text/html"),
    }
}

const fn with_id(mut entry: Entry, text: &'static str) -> Entry {
    entry.id = text;
    entry
}

fn pair(takes: RefOr<Schema>, gives: RefOr<Schema>) -> RefOr<Schema> {
    ObjectBuilder::new().property("in", takes).property("out", gives).into()
}
