//! The mapping as a specification: `head` and `lines` row by row, `money` to the cent, `refusals` the bad input, `fields`
//! that rules add, `property` over thousands of returns, `stockins` goods split by what arrived. `sample` makes the returns.

mod fields;
mod head;
mod lines;
mod money;
mod property;
mod refusals;
mod sample;
mod stockins;
