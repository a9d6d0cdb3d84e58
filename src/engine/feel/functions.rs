//! The functions: their names, what they take and what they give. What they do stands in `functions/`.

mod absent;
mod contexts;
mod lists;
mod moments;
mod numbers;
mod similar;
mod takes;
mod texts;

pub(super) use absent::why_absent;
use takes::Scalar;
pub(super) use takes::Takes;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Function {
    Count,
    Sum,
    Min,
    Max,
    Mean,
    Append,
    Concatenate,
    Union,
    Flatten,
    ListContains,
    DistinctValues,
    IndexOf,
    All,
    Any,
    Not,
    Contains,
    StartsWith,
    EndsWith,
    UpperCase,
    LowerCase,
    StringLength,
    Substring,
    String,
    Number,
    Date,
    DateAndTime,
    Duration,
    MonthsBetween,
    Floor,
    Ceiling,
    RoundHalfUp,
    RoundHalfDown,
    RoundUp,
    RoundDown,
    Abs,
    Modulo,
    Decimal,
    GetValue,
    ContextPut,
    GetEntries,
    IsDefined,
    Normalise,
    Similar,
}

/// The type of the result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Gives {
    Truth,
    Number,
    Text,
    Date,
    Instant,
    MonthDuration,
    /// The type of the first argument.
    First,
    /// The type of the items, or of the arguments if they are the items.
    Item,
    /// A list of what the lists given hold.
    Joined,
    /// The first list with the other arguments behind it.
    Appended,
    Flat,
    Numbers,
    Entries,
    /// Worked out for the call at hand.
    Own,
}

pub(super) struct Spec {
    pub name: &'static str,
    pub function: Function,
    /// Fewest and most arguments.
    pub arity: (usize, usize),
    /// By place; the last one holds for all that follow.
    pub takes: &'static [Takes],
    pub gives: Gives,
}

const MANY: usize = 255;

const fn spec(
    name: &'static str,
    function: Function,
    arity: (usize, usize),
    takes: &'static [Takes],
    gives: Gives,
) -> Spec {
    Spec { name, function, arity, takes, gives }
}

const SPECS: [Spec; 43] = {
    use Function as F;
    use Gives as G;
    use Takes::{Amount, Anything, Context, List, ListOf, Moment, Number, Plain, Text, Truth};
    const AMOUNTS: &[Takes] = &[ListOf(Scalar::Amount)];
    const ORDERED: &[Takes] = &[ListOf(Scalar::Ordered)];
    const TRUTHS: &[Takes] = &[ListOf(Scalar::Truth)];
    [
        spec("count", F::Count, (1, 1), &[List], G::Number),
        spec("sum", F::Sum, (1, MANY), AMOUNTS, G::Item),
        spec("min", F::Min, (1, MANY), ORDERED, G::Item),
        spec("max", F::Max, (1, MANY), ORDERED, G::Item),
        spec("mean", F::Mean, (1, MANY), AMOUNTS, G::Item),
        spec("append", F::Append, (2, MANY), &[List, Anything], G::Appended),
        spec("concatenate", F::Concatenate, (1, MANY), &[List], G::Joined),
        spec("union", F::Union, (1, MANY), &[List], G::Joined),
        spec("flatten", F::Flatten, (1, 1), &[List], G::Flat),
        spec("list contains", F::ListContains, (2, 2), &[List, Anything], G::Truth),
        spec("distinct values", F::DistinctValues, (1, 1), &[List], G::Joined),
        spec("index of", F::IndexOf, (2, 2), &[List, Anything], G::Numbers),
        spec("all", F::All, (1, MANY), TRUTHS, G::Truth),
        spec("any", F::Any, (1, MANY), TRUTHS, G::Truth),
        spec("not", F::Not, (1, 1), &[Truth], G::Truth),
        spec("contains", F::Contains, (2, 2), &[Text], G::Truth),
        spec("starts with", F::StartsWith, (2, 2), &[Text], G::Truth),
        spec("ends with", F::EndsWith, (2, 2), &[Text], G::Truth),
        spec("upper case", F::UpperCase, (1, 1), &[Text], G::Text),
        spec("lower case", F::LowerCase, (1, 1), &[Text], G::Text),
        spec("string length", F::StringLength, (1, 1), &[Text], G::Number),
        spec("substring", F::Substring, (2, 3), &[Text, Number], G::Text),
        spec("string", F::String, (1, 1), &[Plain], G::Text),
        spec("number", F::Number, (1, 1), &[Plain], G::Number),
        spec("date", F::Date, (1, 3), &[Anything, Number], G::Date),
        spec("date and time", F::DateAndTime, (1, 1), &[Moment], G::Instant),
        spec("duration", F::Duration, (1, 1), &[Text], G::Own),
        spec("years and months duration", F::MonthsBetween, (2, 2), &[Moment], G::MonthDuration),
        spec("floor", F::Floor, (1, 2), &[Number], G::Number),
        spec("ceiling", F::Ceiling, (1, 2), &[Number], G::Number),
        spec("round half up", F::RoundHalfUp, (1, 2), &[Number], G::Number),
        spec("round half down", F::RoundHalfDown, (1, 2), &[Number], G::Number),
        spec("round up", F::RoundUp, (1, 2), &[Number], G::Number),
        spec("round down", F::RoundDown, (1, 2), &[Number], G::Number),
        spec("abs", F::Abs, (1, 1), &[Amount], G::First),
        spec("modulo", F::Modulo, (2, 2), &[Number], G::Number),
        spec("decimal", F::Decimal, (2, 2), &[Number], G::Number),
        spec("get value", F::GetValue, (2, 2), &[Context, Text], G::Own),
        spec("context put", F::ContextPut, (3, 3), &[Context, Text, Anything], G::Own),
        spec("get entries", F::GetEntries, (1, 1), &[Context], G::Entries),
        spec("is defined", F::IsDefined, (1, 1), &[Anything], G::Truth),
        spec("normalise", F::Normalise, (1, 1), &[Text], G::Text),
        spec("similar", F::Similar, (2, 2), &[Text], G::Number),
    ]
};

pub(super) fn find(name: &str) -> Option<&'static Spec> {
    SPECS.iter().find(|spec| spec.name == name)
}

/// Whether the words are the name of a function, supported or not.
pub(super) fn is_known(name: &str) -> bool {
    find(name).is_some() || why_absent(name).is_some()
}

pub(super) fn names() -> impl Iterator<Item = &'static str> {
    SPECS.iter().map(|spec| spec.name)
}
