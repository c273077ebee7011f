-- What tells the entries of one store from those of another in a calendar: made once, and kept by every copy.
INSERT INTO store_setting VALUES ('id', lower(hex(randomblob(8))));
