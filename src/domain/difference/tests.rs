mod items;
mod laws;
