//! How somebody stands to a case.

use crate::access::Relation;
use crate::kernel::{Actor, OrganisationId, PersonId};

/// A party as the policy sees it: role, person, organisation, and who represents.
pub type PartyOf<'a> = (&'a str, Option<PersonId>, Option<OrganisationId>, Option<PersonId>);

/// How an actor stands to a case.
pub fn relations<'a>(
    actor: &Actor,
    started_by: PersonId,
    organisation: Option<OrganisationId>,
    helper: Option<PersonId>,
    parties: impl Iterator<Item = PartyOf<'a>>,
) -> Vec<Relation> {
    let me = |person: Option<PersonId>| person.is_some() && person == actor.person;
    let (mut named, mut represented) = (Vec::new(), false);
    for (role, person, of, representative) in parties {
        represented |= me(representative);
        let mine = me(person) || (of.is_some() && of == actor.acting_for);
        if mine && !named.iter().any(|known| known == role) {
            named.push(role.to_owned());
        }
    }
    let more = [
        (me(Some(started_by)) && organisation.is_none(), Relation::Starter),
        (organisation.is_some() && organisation == actor.acting_for, Relation::Signatory),
        (represented, Relation::Represented),
        (me(helper), Relation::Helper),
    ];
    let named = named.into_iter().map(Relation::Party);
    named.chain(more.into_iter().filter_map(|(is, relation)| is.then_some(relation))).collect()
}
