//! Whether one truth leaves nothing to another, whatever the values are that they compare.

use std::collections::BTreeMap;

use super::ast::{Expr, Kind, Relation};
use super::{Expression, parser};

/// Comparisons in all that are tried in every combination.
const ATOMS_MAX: u32 = 8;

impl Expression {
    /// Whether one of `earlier` holds whenever `guard` does. What is compared counts as a whole: two comparisons of one
    /// thing with different constants are never both equal, and otherwise anything may be true beside anything, so that
    /// what is said to be covered is. False where it cannot be told.
    #[must_use]
    pub fn is_covered(earlier: &[&str], guard: &str) -> bool {
        let mut atoms = Atoms::default();
        let read = |text: &&str, atoms: &mut Atoms| parser::expression(text).ok().map(|tree| atoms.read(&tree));
        let Some(guard) = read(&guard, &mut atoms) else { return false };
        let Some(earlier) = earlier.iter().map(|text| read(text, &mut atoms)).collect::<Option<Vec<Truth>>>() else {
            return false;
        };
        let Some(count) = u32::try_from(atoms.known.len()).ok().filter(|count| *count <= ATOMS_MAX) else {
            return false;
        };
        let mut holds_at_all = false;
        for values in 0..3_u32.pow(count) {
            if !atoms.can_be(values) || guard.holds(values) != Some(true) {
                continue;
            }
            holds_at_all = true;
            if !earlier.iter().any(|one| one.holds(values) == Some(true)) {
                return false;
            }
        }
        holds_at_all
    }
}

/// A truth over comparisons, by their numbers.
enum Truth {
    Always(bool),
    Atom(u32),
    Not(Box<Truth>),
    All(Vec<Truth>),
    Any(Vec<Truth>),
}

impl Truth {
    fn holds(&self, values: u32) -> Option<bool> {
        match self {
            Self::Always(holds) => Some(*holds),
            Self::Atom(at) => value(values, *at),
            Self::Not(one) => one.holds(values).map(|holds| !holds),
            Self::All(all) => any_of(all, values, false).map(|found| !found),
            Self::Any(any) => any_of(any, values, true),
        }
    }
}

/// What an atom is in one of the combinations: false, true, or not known.
fn value(values: u32, at: u32) -> Option<bool> {
    match values / 3_u32.pow(at) % 3 {
        0 => Some(false),
        1 => Some(true),
        _ => None,
    }
}

/// Whether one of them is that; not known where none is and one is not known.
fn any_of(all: &[Truth], values: u32, wanted: bool) -> Option<bool> {
    let found: Vec<Option<bool>> = all.iter().map(|one| one.holds(values)).collect();
    match (found.contains(&Some(wanted)), found.contains(&None)) {
        (true, _) => Some(true),
        (false, true) => None,
        (false, false) => Some(false),
    }
}

#[derive(Default)]
struct Atoms {
    known: BTreeMap<String, u32>,
    /// What is compared for equality with a constant, and by which atom.
    equal: Vec<(String, u32)>,
}

impl Atoms {
    fn read(&mut self, tree: &Expr) -> Truth {
        match &tree.kind {
            Kind::And(all) => Truth::All(all.iter().map(|one| self.read(one)).collect()),
            Kind::Or(any) => Truth::Any(any.iter().map(|one| self.read(one)).collect()),
            Kind::Call(name, of) if name == "not" => match of.as_slice() {
                [one] => Truth::Not(Box::new(self.read(one))),
                _ => self.atom(tree),
            },
            Kind::Literal(super::Value::Bool(holds)) => Truth::Always(*holds),
            Kind::Compare(Relation::Equal, sides) => {
                let atom = self.number(&words(tree));
                if let (false, Kind::Literal(_)) = (matches!(sides[0].kind, Kind::Literal(_)), &sides[1].kind) {
                    self.equal.push((words(&sides[0]), atom));
                }
                Truth::Atom(atom)
            }
            _ => self.atom(tree),
        }
    }

    fn atom(&mut self, tree: &Expr) -> Truth {
        Truth::Atom(self.number(&words(tree)))
    }

    fn number(&mut self, words: &str) -> u32 {
        // Too many are not tried at all.
        let next = u32::try_from(self.known.len()).unwrap_or(u32::MAX);
        *self.known.entry(words.to_owned()).or_insert(next)
    }

    /// Nothing equals two different constants: what equals one is known not to equal the others.
    fn can_be(&self, values: u32) -> bool {
        let holds = |(of, one): &(String, u32)| {
            let others = || self.equal.iter().filter(|(other, two)| other == of && two != one);
            value(values, *one) == Some(true) && others().any(|(_, two)| value(values, *two) != Some(false))
        };
        !self.equal.iter().any(holds)
    }
}

/// An expression in words that do not depend on where it stands.
fn words(tree: &Expr) -> String {
    let all = |of: &[Expr]| of.iter().map(words).collect::<Vec<_>>().join(", ");
    match &tree.kind {
        Kind::Literal(value) => format!("{value:?}"),
        Kind::Name(name) => name.clone(),
        Kind::Path(of, members) => {
            let members = members.iter().map(|(_, member)| member.as_str()).collect::<Vec<_>>();
            format!("{}.{}", words(of), members.join("."))
        }
        Kind::Negate(of) => format!("-({})", words(of)),
        Kind::Arithmetic(operator, sides) => format!("({operator:?} {})", all(&**sides)),
        Kind::Compare(relation, sides) => format!("({relation:?} {})", all(&**sides)),
        Kind::And(of) => format!("(and {})", all(of)),
        Kind::Or(of) => format!("(or {})", all(of)),
        Kind::Call(name, of) => format!("{name}({})", all(of)),
        Kind::List(of) => format!("[{}]", all(of)),
        // Of the rest each is taken to be itself alone.
        other => format!("{} {other:?}", tree.at),
    }
}
