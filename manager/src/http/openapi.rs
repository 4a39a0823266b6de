//! The OpenAPI document: made from the table of routes, the API types, and one entry of prose per route.
//!
//! `docs/openapi.json` is this document as committed; a test compares them. The dashboard's TypeScript is
//! generated from it, so a change here is seen there by the compiler.

mod prose;

use super::table::{Name, ROUTES, Route, Shape, Who};
use prose::{Entry, Place, entry};
use utoipa::openapi::path::{HttpMethod, OperationBuilder, ParameterBuilder, ParameterIn};
use utoipa::openapi::request_body::RequestBodyBuilder;
use utoipa::openapi::schema::{Array, ComponentsBuilder, Object, ObjectBuilder, Type};
use utoipa::openapi::security::{
    ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme,
};
use utoipa::openapi::{
    Content, InfoBuilder, License, OpenApi, OpenApiBuilder, Paths, Ref, RefOr, Required, Response, ResponseBuilder,
    Schema,
};
use utoipa::{PartialSchema, ToSchema};

/// Fields that a message may leave out although it is an answer; everything else is always there.
const OPTIONAL: [(&str, &str); 2] = [("Problem", "field"), ("LogRow", "cut")];
/// What clients send: there, optional means optional.
const REQUESTS: [&str; 5] = ["Setup", "Login", "ApiTokenWish", "JoinTokenWish", "ExecControl"];

/// The types that the document mentions, each once.
#[derive(Default)]
pub(super) struct Types(Vec<(String, RefOr<Schema>)>);

impl Types {
    /// A reference to `T`, which is then in the document.
    pub(super) fn one<T: ToSchema>(&mut self) -> RefOr<Schema> {
        self.0.push((T::name().into_owned(), T::schema()));
        T::schemas(&mut self.0);
        RefOr::Ref(Ref::from_schema_name(T::name()))
    }

    /// A reference to the list of `T` that says whether it is whole.
    pub(super) fn list<T: ToSchema>(&mut self) -> RefOr<Schema> {
        let item = self.one::<T>();
        let missing = self.one::<crane_shared::api::Missing>();
        let name = format!("{}List", T::name());
        let schema = ObjectBuilder::new()
            .description(Some("A list that says whether it is whole."))
            .property("items", Array::new(item))
            .property(
                "complete",
                described(
                    bool::schema(),
                    "False when a node could not be asked; what is known of it is still in `items`.",
                ),
            )
            .property("missing", Array::new(missing))
            .property(
                "next",
                described(
                    <Option<String>>::schema(),
                    "Pass as `after` to get the next page; null on the last.",
                ),
            )
            .property("total", described(u64::schema(), "How many there are in all pages."))
            .required("items")
            .required("complete")
            .required("missing")
            .required("next")
            .required("total");
        self.0.push((name.clone(), schema.into()));
        RefOr::Ref(Ref::from_schema_name(name))
    }
}

fn described(schema: RefOr<Schema>, text: &str) -> RefOr<Schema> {
    match schema {
        RefOr::T(Schema::Object(mut object)) => {
            object.description = Some(text.to_owned());
            RefOr::T(Schema::Object(object))
        }
        other => other,
    }
}

/// The whole document.
#[must_use]
pub fn document() -> OpenApi {
    let mut types = Types::default();
    let problem = types.one::<crane_shared::api::Problem>();
    let mut paths = Paths::new();
    for route in documented() {
        let method = match route.method {
            "POST" => HttpMethod::Post,
            "DELETE" => HttpMethod::Delete,
            _ => HttpMethod::Get,
        };
        let operation = operation(route, entry(route.name, &mut types), &problem);
        paths.add_path_operation(route.path, vec![method], operation);
    }
    let mut components = ComponentsBuilder::new()
        .security_scheme(
            "token",
            SecurityScheme::Http(
                HttpBuilder::new()
                    .scheme(HttpAuthScheme::Bearer)
                    .description(Some("An API token, `crane_pat_<id>_<secret>`. Never in a URL."))
                    .build(),
            ),
        )
        .security_scheme(
            "cookie",
            SecurityScheme::ApiKey(ApiKey::Cookie(ApiKeyValue::with_description(
                "__Host-crane",
                "A browser's sign-in session. Requests that are not GET, and WebSockets, must come from the manager's own origin.",
            ))),
        );
    for (name, schema) in types.0 {
        components = components.schema(name.clone(), always_there(&name, schema));
    }
    OpenApiBuilder::new()
        .info(
            InfoBuilder::new()
                .title("Crane")
                .version("v1")
                .description(Some(
                    "The API of crane-manager. Times are RFC 3339 in UTC, sizes are bytes, `cpu` is in percent of one core. \
                     Every error is RFC 9457 `application/problem+json` with a stable `code`.",
                ))
                .license(Some(License::new("Apache-2.0"))),
        )
        .paths(paths)
        .components(Some(components.build()))
        .build()
}

/// The document as text, as it is served and committed.
///
/// # Errors
/// Never for the document above; the serializer's error otherwise.
pub fn text() -> Result<String, serde_json::Error> {
    document().to_pretty_json().map(|text| text + "\n")
}

/// What programs may ask; the dashboard's pages are for browsers.
fn documented() -> impl Iterator<Item = &'static Route> {
    ROUTES.iter().filter(|route| route.name != Name::Web)
}

fn operation(route: &Route, entry: Entry, problem: &RefOr<Schema>) -> OperationBuilder {
    let mut operation = OperationBuilder::new()
        .operation_id(Some(camel(&format!("{:?}", route.name))))
        .summary(Some(entry.summary))
        .tag(entry.tag);
    if !entry.more.is_empty() {
        operation = operation.description(Some(entry.more));
    }
    for hole in route
        .path
        .split('/')
        .filter_map(|s| s.strip_prefix('{')?.strip_suffix('}'))
    {
        operation = operation.parameter(
            ParameterBuilder::new()
                .name(hole)
                .parameter_in(ParameterIn::Path)
                .required(Required::True)
                .description(Some(entry.id))
                .schema(Some(String::schema())),
        );
    }
    for (name, place, schema, text) in entry.parameters {
        operation = operation.parameter(
            ParameterBuilder::new()
                .name(name)
                .parameter_in(match place {
                    Place::Query => ParameterIn::Query,
                    Place::Header => ParameterIn::Header,
                })
                .required(Required::False)
                .description(Some(text))
                .schema(Some(schema)),
        );
    }
    if let Some(body) = entry.body {
        operation = operation.request_body(Some(
            RequestBodyBuilder::new()
                .required(Some(Required::True))
                .content("application/json", Content::new(Some(body)))
                .build(),
        ));
    }
    for (status, text, content) in entry.answers {
        let mut response = ResponseBuilder::new().description(text);
        if let Some((media, schema)) = content {
            response = response.content(media, Content::new(Some(schema)));
        }
        operation = operation.response(status, response);
    }
    for (status, text) in errors(route) {
        let response: Response = ResponseBuilder::new()
            .description(text)
            .content("application/problem+json", Content::new(Some(problem.clone())))
            .build();
        operation = operation.response(status, response);
    }
    if route.who != Who::Open {
        operation = operation
            .security(SecurityRequirement::new("token", Vec::<String>::new()))
            .security(SecurityRequirement::new("cookie", Vec::<String>::new()));
    }
    operation
}

/// The ways that a route can fail, as its line in the table says.
fn errors(route: &Route) -> Vec<(&'static str, &'static str)> {
    let mut errors = vec![("400", "The request says something that can't be; `field` says where.")];
    if route.who != Who::Open {
        errors.push(("401", "No credential that holds."));
    }
    if route.who != Who::Open || route.method != "GET" {
        errors.push(("403", "Not allowed, or sent by a page of another origin."));
    }
    if route.path.contains('{') {
        errors.push(("404", "It does not exist."));
    }
    if route.shape == Shape::Body {
        errors.push(("411", "The body's length is not declared."));
        errors.push(("413", "The body is larger than 64 KiB."));
        errors.push(("415", "The body is not `application/json`."));
    }
    if matches!(route.shape, Shape::Socket) {
        errors.push(("426", "It is only offered as a WebSocket."));
    }
    errors.push(("429", "Too many at once; `Retry-After` says when to come back."));
    errors.push(("500", "Something went wrong inside the manager; its log says what."));
    errors.push(("503", "A host that is needed is away, or the manager is stopping."));
    errors
}

/// An answer carries every field, null or not, so that clients need not ask whether it is there.
fn always_there(name: &str, schema: RefOr<Schema>) -> RefOr<Schema> {
    if REQUESTS.contains(&name) {
        return schema;
    }
    match schema {
        RefOr::T(Schema::Object(mut object)) => {
            require(name, &mut object);
            RefOr::T(Schema::Object(object))
        }
        RefOr::T(Schema::OneOf(mut one)) => {
            for item in &mut one.items {
                if let RefOr::T(Schema::Object(object)) = item {
                    require(name, object);
                }
            }
            RefOr::T(Schema::OneOf(one))
        }
        other => other,
    }
}

fn require(name: &str, object: &mut Object) {
    let all = object
        .properties
        .keys()
        .filter(|field| !OPTIONAL.contains(&(name, field.as_str())));
    object.required = all.cloned().collect();
}

fn camel(name: &str) -> String {
    let mut letters = name.chars();
    letters
        .next()
        .map(|first| first.to_ascii_lowercase())
        .into_iter()
        .chain(letters)
        .collect()
}

/// A whole number with its bounds.
pub(super) fn number(least: i64, most: i64) -> RefOr<Schema> {
    ObjectBuilder::new()
        .schema_type(Type::Integer)
        .minimum(Some(least))
        .maximum(Some(most))
        .into()
}

/// The path item of a path, for tests.
#[cfg(test)]
fn methods(item: &utoipa::openapi::PathItem) -> Vec<&'static str> {
    [
        ("GET", item.get.is_some()),
        ("POST", item.post.is_some()),
        ("DELETE", item.delete.is_some()),
    ]
    .into_iter()
    .filter_map(|(method, there)| there.then_some(method))
    .collect()
}

#[cfg(test)]
mod tests;
