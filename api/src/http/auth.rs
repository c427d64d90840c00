//! Who calls, and the preconditions they send, as operations take them.
//!
//! The names that [`Ctx`] and [`IfMatch`] give as security schemes carry what the document must say of an operation:
//! the rights it needs and that it wants `If-Match`. So the document cannot say otherwise than the code does.

use poem::http::{HeaderMap, header};
use poem::{Request, RequestBody};
use poem_openapi::registry::{MetaSecurityScheme, Registry};
use poem_openapi::{ApiExtractor, ApiExtractorType, ExtractParamOptions};
use std::sync::Arc;

use styr_domain::access::{Requirement, Right};
use styr_domain::token::TokenSecret;
use styr_domain::{Fault, FaultKind, Text, Violation};

use super::client;
use super::problem::Problem;
use crate::app::{App, Ctx, IfMatch, RequestInfo, Session, token_invalid, token_missing};

/// The security scheme's name in the document.
pub(crate) const SCHEME: &str = "token";
/// What marks an operation that wants `If-Match`.
pub(crate) const IF_MATCH: &str = "if_match";
/// The most characters of an `If-Match`.
pub(crate) const LONGEST_IF_MATCH: usize = 1000;

impl<'a, R: Requirement> ApiExtractor<'a> for Ctx<R> {
    const TYPES: &'static [ApiExtractorType] = &[ApiExtractorType::SecurityScheme];
    type ParamType = ();
    type ParamRawType = ();

    fn register(registry: &mut Registry) {
        registry.create_security_scheme(
            SCHEME,
            MetaSecurityScheme {
                ty: "http",
                description: Some("An API token: `styr_…`."),
                name: None,
                key_in: None,
                scheme: Some("bearer"),
                bearer_format: Some("styr_…"),
                flows: None,
                openid_connect_url: None,
            },
        );
    }

    fn security_schemes() -> Vec<&'static str> {
        let codes: Vec<&str> = R::ANY_OF.iter().copied().map(Right::code).collect();
        // Once for each operation, when the document is made.
        vec![Box::leak(format!("{SCHEME} {}", codes.join(" ")).into_boxed_str())]
    }

    async fn from_request(
        request: &'a Request,
        _: &mut RequestBody,
        _: ExtractParamOptions<()>,
    ) -> poem::Result<Self> {
        Ok(context(request).await?)
    }
}

/// The context of a request, by its token.
///
/// # Errors
/// Those of [`session`], `too_many_requests`, `forbidden`.
pub(crate) async fn context<R: Requirement>(request: &Request) -> Result<Ctx<R>, Problem> {
    let app = request.data::<App>().expect("the routes carry the app");
    let info = request.data::<Arc<RequestInfo>>().expect("the platform describes the request");
    let session = session(app, request).await?;
    if let Some(token_id) = session.actor.token_id
        && let Some(rate) = app.count(token_id)
    {
        let _ = info.rate.set(rate);
        if let Some(seconds) = rate.retry_after {
            return Err(Problem::too_many_requests(seconds));
        }
    }
    Ok(Ctx::of(app.clone(), session, Arc::clone(info))?)
}

/// The context of a caller by another token than the request's, which its body names at `/target_token`.
///
/// # Errors
/// `invalid` when the token does not work, `forbidden`.
pub(crate) async fn context_by<R: Requirement>(request: &Request, token: &str) -> Result<Ctx<R>, Problem> {
    let app = request.data::<App>().expect("the routes carry the app");
    let info = request.data::<Arc<RequestInfo>>().expect("the platform describes the request");
    let refused = |text| Problem(Fault::invalid(vec![Violation::at("/target_token", "token_invalid", text)]));
    let secret = TokenSecret::parse(token.trim()).ok_or_else(|| refused(token_invalid().text))?;
    let address = || client::address(request, app.proxies());
    let session = match app.sessions().of(app.store(), &secret, address).await {
        Ok(session) => session,
        Err(error) => {
            let problem = Problem::from(error);
            let is_about_it = problem.0.kind == FaultKind::Unauthenticated;
            return Err(if is_about_it { refused(problem.0.text) } else { problem });
        }
    };
    Ok(Ctx::of(app.clone(), session, Arc::clone(info))?)
}

/// Who calls.
///
/// # Errors
/// `token_missing`, and those of [`Sessions::of`](crate::app::Sessions::of).
pub(crate) async fn session(app: &App, request: &Request) -> Result<Arc<Session>, Problem> {
    let header = request.headers().get(header::AUTHORIZATION).ok_or_else(token_missing)?;
    let text = header.to_str().map_err(|_| token_invalid())?;
    let (scheme, token) = text.split_once(' ').ok_or_else(token_invalid)?;
    if !scheme.eq_ignore_ascii_case("bearer") {
        return Err(token_missing().into());
    }
    let secret = TokenSecret::parse(token.trim()).ok_or_else(token_invalid)?;
    let address = || client::address(request, app.proxies());
    Ok(app.sessions().of(app.store(), &secret, address).await?)
}

impl<'a> ApiExtractor<'a> for IfMatch {
    const TYPES: &'static [ApiExtractorType] = &[ApiExtractorType::SecurityScheme];
    type ParamType = ();
    type ParamRawType = ();

    fn security_schemes() -> Vec<&'static str> {
        vec![IF_MATCH]
    }

    async fn from_request(
        request: &'a Request,
        _: &mut RequestBody,
        _: ExtractParamOptions<()>,
    ) -> poem::Result<Self> {
        let if_match = if_match(request.headers()).map_err(Problem)?;
        Ok(if_match.ok_or_else(|| Problem(required()))?)
    }
}

/// The revisions that `If-Match` names, if it is there.
///
/// # Errors
/// `if_match_malformed`.
pub(crate) fn if_match(headers: &HeaderMap) -> Result<Option<IfMatch>, Fault> {
    let Some(header) = headers.get(header::IF_MATCH) else { return Ok(None) };
    let revisions = header.to_str().map_err(|_| malformed())?.trim();
    if revisions.is_empty() || revisions.len() > LONGEST_IF_MATCH {
        return Err(malformed());
    }
    if revisions == "*" {
        return Ok(Some(IfMatch::Any));
    }
    // An entity tag that is not one of Styr's is well-formed, and simply matches nothing.
    let revisions = revisions.split(',').map(|tag| tag.trim().trim_start_matches("W/").trim_matches('"'));
    Ok(Some(IfMatch::Revisions(revisions.filter_map(|revision| revision.parse().ok()).collect())))
}

const fn required() -> Fault {
    Fault::new(
        FaultKind::PreconditionRequired,
        "if_match_required",
        Text::fixed(
            "Send If-Match med den ETag, du fik, da du hentede dette, så ingen andens ændring overskrives.",
            "Skicka If-Match med den ETag du fick när du hämtade detta, så att ingen annans ändring skrivs över.",
            "Send If-Match with the ETag you got with this, so that nobody else's change is overwritten.",
        ),
    )
}

const fn malformed() -> Fault {
    Fault::new(
        FaultKind::Malformed,
        "if_match_malformed",
        Text::fixed(
            "If-Match kan ikke læses. Send en ETag, som du har fået den, i anførselstegn.",
            "If-Match kan inte läsas. Skicka en ETag som du har fått den, inom citattecken.",
            "If-Match cannot be read. Send an ETag as you got it, in quotation marks.",
        ),
    )
}
