"""The search for an arm's recipe: declared, priced, carried out rung by rung, and decided on development problems."""
