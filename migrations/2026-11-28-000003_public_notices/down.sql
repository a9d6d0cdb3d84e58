DROP TABLE public_notices;
