/** A short text of our own; its second and half of its third paragraph were reworded word by word. */
export const EXAMPLE = `The town library will stay open until eight in the evening from the first week of March, the council said on Tuesday. The longer hours are paid for by a grant from the county, which runs for two years and covers the wages of three more members of staff.

The determination pursues an extended discussion with occupants, numerous of whom work in the day and could not arrive at the structure before it shut its entryways. “We never got here in time,” said one father of three, “and the children stopped asking.” Neighborhood business people likewise invited the arrangement, and anticipate that more guests should walk the principal road around evening time.

Officials expect the scheme to draw about two hundred extra visitors a week. Comparable activities in adjoining areas have delivered empowering outcomes, with an eminent ascent in book advances and a decrease in against social conduct around the square. Specialists caution, in any case, that the financing may evaporate when the award lapses, and that prepared staff are difficult to supplant.

The first late evening is on Monday, 2 March.
`;
