-- Whether a new name looks like a known one (`lead add`, `client add`), and the first look for any name that is typed:
--   SELECT id, name, company_folded FROM lead WHERE company_folded IS NOT NULL … company_folded = :wanted
-- Before: SCAN lead, the one scan of `lead add`: 14 ms of CPU at 200,000 leads, and 125 of 1,698 M instructions (8%).
-- After: SEARCH lead USING INDEX lead_company_folded: 7 µs, and `lead add` takes at 200,000 leads what it takes at 150.
-- It costs 4.4 MB of 879, and of an insert one entry, for leads with a company only.
CREATE INDEX lead_company_folded ON lead (company_folded) WHERE company_folded IS NOT NULL;
