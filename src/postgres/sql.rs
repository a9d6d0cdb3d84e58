//! One way to write SQL: a constant text and its values. Unlike `sql_query`, such a statement is prepared once per
//! connection and kept, by its text; so the text never varies with the values (`unnest` takes a varying number of rows).

use diesel::QueryResult;
use diesel::pg::Pg;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::serialize::ToSql;
use diesel::sql_types::{
    Array, Bigint, Binary, Bool, Date, HasSqlType, Integer, Jsonb, Nullable, Numeric, SmallInt, Text, Timestamptz,
    Untyped, Uuid as SqlUuid,
};
use jiff_diesel::ToDiesel;
use rust_decimal::Decimal;
use serde_json::Value;
use uuid::Uuid;

/// A statement with its values, which stand in the text as `$1`, `$2` … each once and in order.
pub struct Sql {
    text: &'static str,
    values: Vec<Box<dyn Bound + Send>>,
}

/// A statement; values are bound in the order of their places.
#[must_use]
pub fn sql(text: &'static str) -> Sql {
    Sql { text, values: Vec::new() }
}

trait Bound {
    fn push<'b>(&'b self, pass: &mut AstPass<'_, 'b, Pg>) -> QueryResult<()>;
}

struct Typed<S, T>(T, std::marker::PhantomData<fn() -> S>);

impl<S, T: ToSql<S, Pg>> Bound for Typed<S, T>
where
    Pg: HasSqlType<S>,
{
    fn push<'b>(&'b self, pass: &mut AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        pass.push_bind_param::<S, T>(&self.0)
    }
}

macro_rules! shorthand {
    ($($(#[$doc:meta])* $name:ident: $rust:ty => $sql:ty, $convert:expr;)+) => {$(
        $(#[$doc])*
        #[must_use]
        pub fn $name(self, value: impl Into<Option<$rust>>) -> Self {
            let convert: fn($rust) -> _ = $convert;
            self.bind::<Nullable<$sql>, _>(value.into().map(convert))
        }
    )+};
}

impl Sql {
    /// The next value, as the SQL type `S`.
    #[must_use]
    pub fn bind<S: 'static, T: ToSql<S, Pg> + Send + 'static>(mut self, value: T) -> Self
    where
        Pg: HasSqlType<S>,
    {
        self.values.push(Box::new(Typed::<S, T>(value, std::marker::PhantomData)));
        self
    }

    /// The next value, a text.
    #[must_use]
    pub fn text(self, value: impl Into<String>) -> Self {
        self.bind::<Text, String>(value.into())
    }

    shorthand! {
        uuid: Uuid => SqlUuid, |v| v;
        text_or_null: String => Text, |v| v;
        int: i32 => Integer, |v| v;
        small: i16 => SmallInt, |v| v;
        big: i64 => Bigint, |v| v;
        flag: bool => Bool, |v| v;
        at: jiff::Timestamp => Timestamptz, |v| v.to_diesel();
        day: jiff::civil::Date => Date, |v| v.to_diesel();
        json: Value => Jsonb, |v| v;
        decimal: Decimal => Numeric, |v| v;
        bytes: Vec<u8> => Binary, |v| v;
        texts: Vec<String> => Array<Text>, |v| v;
        uuids: Vec<Uuid> => Array<SqlUuid>, |v| v;
        ints: Vec<i32> => Array<Integer>, |v| v;
        smalls: Vec<i16> => Array<SmallInt>, |v| v;
        bigs: Vec<i64> => Array<Bigint>, |v| v;
        bigs_or_null: Vec<Option<i64>> => Array<Nullable<Bigint>>, |v| v;
        flags: Vec<bool> => Array<Bool>, |v| v;
        jsons: Vec<Value> => Array<Jsonb>, |v| v;
        blobs: Vec<Vec<u8>> => Array<Binary>, |v| v;
        decimals: Vec<Decimal> => Array<Numeric>, |v| v;
        texts_or_null: Vec<Option<String>> => Array<Nullable<Text>>, |v| v;
        uuids_or_null: Vec<Option<Uuid>> => Array<Nullable<SqlUuid>>, |v| v;
        decimals_or_null: Vec<Option<Decimal>> => Array<Nullable<Numeric>>, |v| v;
        instants: Vec<jiff::Timestamp> => Array<Timestamptz>, |v| v.into_iter().map(|t| t.to_diesel()).collect::<Vec<_>>();
        days_or_null: Vec<Option<jiff::civil::Date>> => Array<Nullable<Date>>,
            |v| v.into_iter().map(|d| d.map(|d| d.to_diesel())).collect::<Vec<_>>();
        instants_or_null: Vec<Option<jiff::Timestamp>> => Array<Nullable<Timestamptz>>,
            |v| v.into_iter().map(|t| t.map(|t| t.to_diesel())).collect::<Vec<_>>();
    }
}

impl Query for Sql {
    type SqlType = Untyped;
}

impl QueryId for Sql {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl QueryFragment<Pg> for Sql {
    fn walk_ast<'b>(&'b self, mut pass: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        let misplaced = || diesel::result::Error::QueryBuilderError("places and values do not match".into());
        let mut parts = self.text.split('$');
        pass.push_sql(parts.next().unwrap_or_default());
        for (at, value) in self.values.iter().enumerate() {
            let part = parts.next().ok_or_else(misplaced)?;
            let end = part.find(|c: char| !c.is_ascii_digit()).unwrap_or(part.len());
            if part[..end].parse() != Ok(at + 1) {
                return Err(misplaced());
            }
            value.push(&mut pass)?;
            pass.push_sql(&part[end..]);
        }
        match parts.next() {
            None => Ok(()),
            Some(_) => Err(misplaced()),
        }
    }
}

impl<C> diesel::RunQueryDsl<C> for Sql {}
