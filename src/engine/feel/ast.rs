//! An expression as it was written: names are not looked up yet, and nothing has a type.
//!
//! Every node knows how deep the tree under it is, and none is deeper than [`MAX_DEPTH`]. So whatever walks a
//! tree (the checker, the evaluator, the destructor) needs a bounded stack.

use super::fault::Fault;
use super::value::Value;

/// How deep expressions may be nested; also how long a chain such as `a + b + c` may be.
pub(super) const MAX_DEPTH: usize = 64;

#[derive(Debug)]
pub(super) struct Expr {
    /// Place in the source, in characters.
    pub at: usize,
    depth: usize,
    pub kind: Kind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Operator {
    Add,
    Subtract,
    Multiply,
    Divide,
    Power,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Relation {
    Equal,
    Unequal,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

#[derive(Debug)]
pub(super) enum Kind {
    Literal(Value),
    /// A name, or `?` for the input of unary tests.
    Name(String),
    Path(Box<Expr>, Vec<(usize, String)>),
    Negate(Box<Expr>),
    Arithmetic(Operator, Box<[Expr; 2]>),
    Compare(Relation, Box<[Expr; 2]>),
    And(Vec<Expr>),
    Or(Vec<Expr>),
    Between(Box<[Expr; 3]>),
    In(Box<Expr>, Vec<Test>),
    If(Box<[Expr; 3]>),
    For(Vec<Iterator>, Box<Expr>),
    Quantified {
        every: bool,
        over: Vec<Iterator>,
        condition: Box<Expr>,
    },
    Filter(Box<[Expr; 2]>),
    List(Vec<Expr>),
    Context(Vec<(usize, String, Expr)>),
    Range {
        low_closed: bool,
        high_closed: bool,
        ends: Box<[Expr; 2]>,
    },
    Call(String, Vec<Expr>),
}

/// `x in list`, or `x in 1..n`.
#[derive(Debug)]
pub(super) struct Iterator {
    pub name: String,
    pub over: Expr,
    pub upto: Option<Expr>,
}

/// One of the tests of `x in (…)` or of a cell of a decision table.
#[derive(Debug)]
pub(super) enum Test {
    /// `-`: whatever the input is.
    Whatever,
    Compare(usize, Relation, Expr),
    Not(Vec<Test>),
    Expr(Expr),
}

impl Expr {
    pub(super) fn new(at: usize, kind: Kind) -> Result<Self, Fault> {
        let depth = 1 + kind.depth();
        if depth > MAX_DEPTH {
            return Err(Fault::new(at, "The expression is nested too deeply. Split it into smaller ones."));
        }
        Ok(Self { at, depth, kind })
    }
}

fn deepest<'a>(of: impl IntoIterator<Item = &'a Expr>) -> usize {
    of.into_iter().map(|e| e.depth).max().unwrap_or(0)
}

impl Kind {
    /// Depth of the deepest child. Children know theirs, so this looks one level down only.
    fn depth(&self) -> usize {
        let over = |iterators: &[Iterator]| {
            let sources = iterators.iter().map(|i| &i.over);
            deepest(sources.chain(iterators.iter().filter_map(|i| i.upto.as_ref())))
        };
        match self {
            Self::Literal(_) | Self::Name(_) => 0,
            Self::Path(e, _) | Self::Negate(e) => e.depth,
            Self::Arithmetic(_, e) | Self::Compare(_, e) | Self::Filter(e) => deepest(&**e),
            Self::Range { ends, .. } => deepest(&**ends),
            Self::Between(e) | Self::If(e) => deepest(&**e),
            Self::And(e) | Self::Or(e) | Self::List(e) | Self::Call(_, e) => deepest(e),
            Self::In(e, tests) => e.depth.max(tests.iter().map(Test::depth).max().unwrap_or(0)),
            Self::For(i, e) => over(i).max(e.depth),
            Self::Quantified { over: i, condition, .. } => over(i).max(condition.depth),
            Self::Context(entries) => deepest(entries.iter().map(|(_, _, e)| e)),
        }
    }
}

impl Test {
    fn depth(&self) -> usize {
        match self {
            Self::Whatever => 0,
            Self::Compare(_, _, e) | Self::Expr(e) => e.depth,
            Self::Not(tests) => 1 + tests.iter().map(Self::depth).max().unwrap_or(0),
        }
    }
}
