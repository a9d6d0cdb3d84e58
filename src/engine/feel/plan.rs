//! A checked expression, ready to be worked out: names are resolved to scope entries or to slots of the stack of
//! local names, and what is constant has been worked out.

use super::ast::{Operator, Relation};
use super::functions::Function;
use super::value::Value;

#[derive(Debug, Clone)]
pub(super) enum Node {
    Constant(Value),
    /// A name of the scope.
    Global(Box<str>),
    /// A local name: item of a loop, entry of a context, input of a test.
    Slot(usize),
    Path(Box<Node>, Box<[Box<str>]>),
    /// Reads a text that is declared to be something else: data arrive as JSON.
    Read(Reading, Box<Node>),
    Negate(Box<Node>),
    Arithmetic(Operator, Box<[Node; 2]>),
    Compare(Relation, Box<[Node; 2]>),
    /// A comparison with the literal `null`, which asks whether there is a value. Never null itself.
    IsNull(Box<Node>),
    IsNotNull(Box<Node>),
    And(Box<[Node]>),
    Or(Box<[Node]>),
    Between(Box<[Node; 3]>),
    In(Box<Node>, Box<[Test]>),
    If(Box<[Node; 3]>),
    For(Box<Loop>),
    Some(Box<Loop>),
    Every(Box<Loop>),
    Filter(Box<[Node; 2]>),
    /// `list[i]`: also where it turns out only at run time whether `i` is a number or a truth value.
    Index(Box<[Node; 2]>),
    List(Box<[Node]>),
    Context(Box<[(Box<str>, Node)]>),
    Range(Box<Interval>),
    Call(Function, Box<[Node]>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reading {
    Number,
    Moment,
    Duration,
}

/// `for`, `some`, `every`: each iterator has the next slot.
#[derive(Debug, Clone)]
pub(super) struct Loop {
    pub over: Box<[Source]>,
    pub body: Node,
}

#[derive(Debug, Clone)]
pub(super) enum Source {
    Items(Node),
    Numbers(Node, Node),
}

#[derive(Debug, Clone)]
pub(super) struct Interval {
    pub low: Node,
    pub low_closed: bool,
    pub high: Node,
    pub high_closed: bool,
}

#[derive(Debug, Clone)]
pub(super) enum Test {
    Whatever,
    Compare(Relation, Node),
    Null,
    /// Equal to it, or in it if it is a list or a range.
    Member(Node),
    Within(Interval),
    /// A condition on `?`.
    Holds(Node),
    Not(Box<[Test]>),
}

impl Test {
    /// Adds the values that the input is compared with; false where one of them is not a constant.
    pub(super) fn literals(&self, found: &mut Vec<Value>) -> bool {
        match self {
            Self::Whatever | Self::Null => true,
            Self::Compare(_, Node::Constant(value)) => {
                found.push(value.clone());
                true
            }
            Self::Member(Node::Constant(value)) => {
                match value {
                    Value::List(values) => found.extend(values.iter().cloned()),
                    Value::Range(range) => found.extend([range.low.clone(), range.high.clone()]),
                    value => found.push(value.clone()),
                }
                true
            }
            Self::Within(Interval { low: Node::Constant(low), high: Node::Constant(high), .. }) => {
                found.extend([low.clone(), high.clone()]);
                true
            }
            Self::Not(tests) => tests.iter().all(|test| test.literals(found)),
            _ => false,
        }
    }
}
