//! Users and rights groups as a directory keeps them by SCIM.
//!
//! A directory reaches all users of the account that are neither anonymized nor deleted by it, and the rights groups that
//! every organisation may use. Of roles it reaches only those that it gave itself.

pub mod group;
pub mod user;

use styr_domain::access::{Permit, Resource, of};
use styr_domain::scim::ScimType;
use styr_domain::{Fault, text};

use super::context::Ctx;

/// What being such a directory takes.
pub type Provision = of::UserProvision;

fn permit(ctx: &Ctx<Provision>) -> Result<Permit<Provision>, Fault> {
    ctx.permit(&Resource::shared(ctx.account_id()))
}

fn taken(attribute: &str) -> Fault {
    ScimType::Uniqueness.fault(text!(
        "En anden har allerede denne værdi af {attribute}. Ret den anden, eller angiv en anden værdi.",
        "En annan har redan detta värde på {attribute}. Ändra den andra, eller ange ett annat värde.",
        "Another has this value of {attribute} already. Change the other, or give another value."
    ))
}
